import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { SolvedChallenge } from '../../proxy/contract.ts';
import { payloadOf, solve, solvedPayload } from '../support/challenge.ts';
import { anyone, codeOf, open, visitors } from '../support/visitors.ts';

const MINUTE = 60_000;

describe('a challenge', () => {
  const ways: [string, (good: SolvedChallenge) => unknown][] = [
    [
      'a solution that is not one',
      ({ challenge }) => ({ challenge, solution: { counter: 1, derivedKey: '00' } }),
    ],
    [
      'the prefix alone as its key',
      ({ challenge }) => ({
        challenge,
        solution: { counter: 0, derivedKey: challenge.parameters.keyPrefix.padEnd(64, '0') },
      }),
    ],
    ['no signature', ({ challenge: { parameters }, solution }) => ({ challenge: { parameters }, solution })],
    [
      'a signature of another length',
      ({ challenge, solution }) => ({ challenge: { ...challenge, signature: '' }, solution }),
    ],
    ...(
      [
        ['cost', 1],
        ['expiresAt', 4_102_444_800],
        ['keyPrefix', '00'],
        ['keySignature', ''],
        ['nonce', '00'.repeat(16)],
        ['algorithm', 'SHA-256'],
      ] as const
    ).map(([name, value]): [string, (good: SolvedChallenge) => unknown] => [
      `another ${name}`,
      ({ challenge, solution }) => ({
        challenge: { ...challenge, parameters: { ...challenge.parameters, [name]: value } },
        solution,
      }),
    ]),
    [
      'one more parameter',
      ({ challenge, solution }) => ({
        challenge: { ...challenge, parameters: { ...challenge.parameters, data: {} } },
        solution,
      }),
    ],
    ['a list', () => []],
    ['null', () => null],
  ];
  for (const [what, broken] of ways)
    it(`is refused with ${what}`, async (t) => {
      const { challenge, post, posts } = await open(t);
      const key = anyone();
      const made = await challenge(key);
      const good = { challenge: made, solution: await solve(made) };
      assert.equal(codeOf(await post(key, payloadOf(broken(good)))), '403 challenge_failed');
      assert.equal(posts(), 0);
      assert.equal((await post(key, payloadOf(good))).status, 201);
    });

  for (const text of ['', 'not base64!', btoa('not JSON')])
    it(`is refused when it is ${JSON.stringify(text)}`, async (t) => {
      const { post } = await open(t);
      assert.equal(codeOf(await post(anyone(), text)), '403 challenge_failed');
    });

  it('is refused by length before it is read', async (t) => {
    const { post } = await open(t);
    const refused = await post(anyone(), 'A'.repeat(4097));
    assert.equal(codeOf(refused), '422 validation_failed');
    assert.deepEqual(
      refused.body.errors?.map(({ pointer, code }) => [pointer, code]),
      [['/challenge', 'too_long']],
    );
  });

  it("is refused in another customer's hand", async (t) => {
    const { challenge, post } = await open(t);
    const solved = await solvedPayload(await challenge(anyone()));
    assert.equal(codeOf(await post(anyone(), solved)), '403 challenge_failed');
  });

  it('is refused after five minutes', async (t) => {
    const { challenge, post, clock } = await open(t);
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    await clock.advance(5 * MINUTE + 1000);
    assert.equal(codeOf(await post(key, solved)), '403 challenge_failed');
  });

  it('is refused by another partner key', async (t) => {
    const { challenge, open: another } = await open(t);
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    const theirs = await another({ openSignup: true, challenge: 'open', partnerKey: 'kvqp_another' });
    assert.equal(codeOf(await visitors(theirs).post(key, solved)), '403 challenge_failed');
  });
});
