import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SANDBOX_PARTNER_KEY } from '../../demo/sandbox/sandbox.ts';
import { createChallenges } from '../../proxy/challenge.ts';
import { solve, solvedPayload } from '../support/challenge.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { anyone, codeOf, open } from '../support/visitors.ts';
import { byHeader } from '../support/world.ts';

const MINUTE = 60_000;

describe('GET /v1/challenge', () => {
  it('answers what ALTCHA version 2 describes', async (t) => {
    const { challenge, clock } = await open(t);
    const { parameters, signature } = await challenge(anyone());
    const { nonce, salt, keyPrefix, keySignature, ...rest } = parameters;
    for (const [hex, bytes] of [
      [nonce, 16],
      [salt, 16],
      [keyPrefix, 16],
      [keySignature, 32],
      [signature, 32],
    ] as const)
      assert.match(hex, new RegExp(`^[\\da-f]{${2 * bytes}}$`));
    const expiresAt = Math.floor(clock.now() / 1000) + 300;
    assert.deepEqual(rest, { algorithm: 'PBKDF2/SHA-256', cost: 5000, expiresAt, keyLength: 32 });
  });

  it('can be solved after the partner key has changed, once', async (t) => {
    let partnerKey = SANDBOX_PARTNER_KEY;
    const { challenge, post, sandbox } = await open(t, { partnerKey: () => partnerKey });
    const [key, other] = [anyone(), anyone()];
    const solved = await solvedPayload(await challenge(key));
    const stale = await solvedPayload(await challenge(other));
    partnerKey = 'kvqp_sandbox_the_second';
    sandbox.state.partnerKeys.add(partnerKey);
    assert.equal(codeOf(await post(key, solved)), '201');
    assert.equal(codeOf(await post(anyone(), solved)), '403 challenge_failed');
    partnerKey = 'kvqp_sandbox_the_third';
    sandbox.state.partnerKeys.add(partnerKey);
    assert.equal(codeOf(await post(other, stale)), '403 challenge_failed', 'two keys ago');
  });

  it('is another one each time, and writes nothing', async (t) => {
    const { challenge, disk } = await open(t);
    const key = anyone();
    const before = disk();
    const nonces = [await challenge(key), await challenge(key)].map(({ parameters }) => parameters.nonce);
    assert.notEqual(nonces[0], nonces[1]);
    assert.equal(disk(), before);
  });

  it('takes fewer tries than twice the difficulty', async (t) => {
    const { challenge } = await open(t);
    for (let turn = 0; turn < 12; turn++) assert.ok((await solve(await challenge(anyone()))).counter < 6);
  });

  it('asks for an identity first', async (t) => {
    const { proxy } = await open(t);
    assert.equal((await proxy.app.request('/v1/challenge')).status, 401);
  });

  for (const [who, options] of [
    ['where nobody has to', { challenge: 'nobody' }],
    ['of whom the partner knows', { identify: byHeader }],
  ] as const)
    it(`is nothing ${who}`, async (t) => {
      const { proxy } = await open(t, options);
      const headers = { 'idempotency-key': anyone(), 'x-customer': 'c1' };
      const challenge = await proxy.app.request('/v1/challenge', { headers });
      assert.equal(challenge.status, 404);
      const session = await proxy.app.request('/v1/session', { headers });
      assert.equal(((await session.json()) as { challenge?: string }).challenge, 'none');
    });

  it('asks everybody where that is said', async (t) => {
    const { proxy } = await open(t, { challenge: 'everybody', identify: byHeader });
    assert.equal((await proxy.session('c1')).body['challenge'], 'required');
    assert.equal(codeOf(await proxy.post('c1', 'owner@example.com')), '403 challenge_failed');
  });
});

describe('createChallenges', () => {
  it('makes two at a time, next for who came last', async () => {
    const waiting: (() => void)[] = [];
    const begun: string[] = [];
    const hash = Object.assign(
      async (externalId: string) => {
        begun.push(externalId);
        await new Promise<void>((resolve) => waiting.push(resolve));
        return 'a-secret';
      },
      { former: async () => null },
    );
    const keyHash = Object.assign(async () => 'another-secret', { former: async () => null });
    const { make } = createChallenges({ who: 'open', difficulty: 1, hash, keyHash, clock: new FakeClock() });
    const customer = { email: null, businessName: null, open: true };
    const crowd = Promise.all(Array.from('abcdef', (externalId) => make({ externalId, ...customer })));
    for (let made = 0; made < 6; made++) {
      while (waiting.length === 0) await nextTurn();
      assert.ok(waiting.length <= 2, 'more than two are made');
      waiting.shift()?.();
    }
    assert.equal(new Set((await crowd).map(({ signature }) => signature)).size, 6);
    assert.equal(begun.join(''), 'abfedc');
  });
});

describe('a signup with a challenge', () => {
  it('opens with a solved one', async (t) => {
    const { challenge, post, session } = await open(t);
    const key = anyone();
    assert.equal(await session(key), 'required');
    assert.equal((await post(key, await solvedPayload(await challenge(key)))).status, 201);
    assert.equal(await session(key), 'none');
  });

  it('needs none to be asked for again', async (t) => {
    const { challenge, post, proxy, clock } = await open(t);
    const key = anyone();
    await post(key, await solvedPayload(await challenge(key)));
    await clock.settle();
    assert.equal((await post(key)).status, 200);
    assert.equal((await post(key, 'nonsense')).status, 200);
    const answer = await proxy.app.request('/v1/challenge', { headers: { 'idempotency-key': key } });
    assert.equal(answer.status, 404);
  });

  it('needs none while it is in hand', async (t) => {
    const { challenge, post, session, sandbox, clock, posts } = await open(t);
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    sandbox.next({ delayMs: 12_000 });
    const first = post(key, solved);
    // Web Crypto works on another thread, which this clock does not wait for.
    while (posts() === 0) await nextTurn();
    assert.equal((await clock.run(first)).status, 202);
    assert.equal(await session(key), 'none');
    assert.equal((await clock.run(post(key))).status, 201);
  });

  it('needs another one for a correction', async (t) => {
    const { challenge, post, session, sandbox, posts } = await open(t);
    sandbox.state.users.add('taken@example.com');
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    assert.equal(codeOf(await post(key, solved, 'taken@example.com')), '409 email_taken');
    assert.equal(codeOf(await post(key, undefined, 'taken@example.com')), '409 email_taken');
    assert.equal(await session(key), 'required');
    assert.equal(codeOf(await post(key, solved)), '403 challenge_failed');
    assert.equal(posts(), 1);
    assert.equal((await post(key, await solvedPayload(await challenge(key)))).status, 201);
  });

  it('is limited before it is challenged', async (t) => {
    const { challenge, post } = await open(t, { rateLimitEmail: { attempts: 1, windowMs: 60 * MINUTE } });
    const key = anyone();
    await post(key, await solvedPayload(await challenge(key)));
    assert.equal(codeOf(await post(anyone())), '429 rate_limited');
  });

  it('costs nothing when the challenge fails', async (t) => {
    const { challenge, post, posts } = await open(t, {
      rateLimitEmail: { attempts: 1, windowMs: 60 * MINUTE },
    });
    const key = anyone();
    for (let turn = 0; turn < 5; turn++) assert.equal(codeOf(await post(key)), '403 challenge_failed');
    assert.equal(posts(), 0);
    assert.equal((await post(key, await solvedPayload(await challenge(key)))).status, 201);
  });
});
