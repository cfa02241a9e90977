/** Visitors of open sign-up, who have a challenge to solve. */
import assert from './assert.ts';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Challenge } from '../../proxy/contract.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { conforms } from './conforms.ts';
import { FakeClock } from './fake-clock.ts';
import { ORIGIN, world, type Proxy, type Reply, type World } from './world.ts';

/** An Idempotency-Key of a visitor who was never here. */
export const anyone = () => randomBytes(16).toString('base64url');

/** A world with one proxy, and what visitors do there. */
export type Visitors = World & { proxy: Proxy } & ReturnType<typeof visitors>;

/** What visitors of `proxy` do, each by a key. */
export function visitors(proxy: Proxy) {
  return {
    async challenge(key: string): Promise<Challenge> {
      const answer = await proxy.app.request('/v1/challenge', {
        headers: { origin: ORIGIN, 'idempotency-key': key },
      });
      assert.equal(answer.status, 200);
      await conforms(answer, 'GET', '/v1/challenge');
      return (await answer.json()) as Challenge;
    },
    post: (key: string, challenge?: string, email = 'owner@example.com'): Promise<Reply> =>
      proxy.post('', email, {
        headers: { 'idempotency-key': key },
        body: JSON.stringify({ email, challenge }),
      }),
    async session(key: string): Promise<unknown> {
      const answer = await proxy.app.request('/v1/session', { headers: { 'idempotency-key': key } });
      return ((await answer.json()) as { challenge?: string }).challenge;
    },
  };
}

/** Open sign-up with a challenge of few tries. ALTCHA looks at the real time too. */
export async function open(t: TestContext, options: Partial<OnboardingOptions> = {}): Promise<Visitors> {
  const around = await world(t, new FakeClock(Date.now()));
  const proxy = await around.open({
    openSignup: true,
    challenge: 'open',
    challengeDifficulty: 3,
    ...options,
  });
  return { ...around, proxy, ...visitors(proxy) };
}

/** Status and problem code of a reply. */
export const codeOf = ({ status, body }: Reply) => `${status} ${body.code ?? ''}`.trim();
