import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { solvedPayload } from '../support/challenge.ts';
import { anyone, codeOf, open, visitors } from '../support/visitors.ts';

const MINUTE = 60_000;

describe('a challenge that is spent', () => {
  it('is taken by another replica, once', async (t) => {
    const { challenge, post, open: another, sandbox, posts } = await open(t);
    const replica = visitors(await another({ openSignup: true, challenge: 'open' }));
    sandbox.state.users.add('taken@example.com');
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    assert.equal(codeOf(await replica.post(key, solved, 'taken@example.com')), '409 email_taken');
    assert.equal(codeOf(await post(key, solved)), '403 challenge_failed');
    assert.equal(codeOf(await replica.post(key, solved)), '403 challenge_failed');
    assert.equal(posts(), 1);
  });

  it('stays spent when nothing could be sent', async (t) => {
    const { challenge, post, sandbox, posts } = await open(t);
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    sandbox.next({ commits: false, answer: { status: 429, body: {}, headers: { 'retry-after': '1' } } });
    assert.equal(codeOf(await post(key, solved)), '503 not_available');
    assert.equal(codeOf(await post(key, solved)), '403 challenge_failed');
    assert.equal(posts(), 1);
  });

  it('stays spent until it has expired everywhere', async (t) => {
    const { challenge, post, sandbox, clock, proxy, posts } = await open(t);
    sandbox.state.users.add('taken@example.com');
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    await post(key, solved, 'taken@example.com');
    for (let minute = 0; minute < 5; minute++) {
      assert.equal(codeOf(await post(key, solved)), '403 challenge_failed');
      await clock.advance(MINUTE - 1000);
      await proxy.store.tidy();
    }
    assert.equal(posts(), 1);
  });

  it('leaves nothing behind in the end', async (t) => {
    const { challenge, post, clock, proxy, disk } = await open(t);
    const key = anyone();
    const made = await challenge(key);
    await post(key, await solvedPayload(made));
    assert.ok(disk().includes(made.parameters.nonce));
    await clock.advance(10 * MINUTE);
    await proxy.run();
    assert.ok(!disk().includes(made.parameters.nonce));
  });
});
