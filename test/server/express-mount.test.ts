import assert from '../support/assert.ts';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import type { OnboardingOptions } from '../../proxy/index.ts';
import { openApi, problemOf, signup } from '../support/api.ts';

type App = { use: (...handlers: unknown[]) => void; listen: (port: number, host: string) => Server };
type Express = (() => App) & { json: () => RequestListener };

/** Express, which brings no types along; its name here is another than its own. */
const specifier: string = 'express-5';
const { default: express } = (await import(specifier)) as { default: Express };

/** Where onboarding is mounted in Express, as the README says, behind `before`. */
async function mounted(
  t: TestContext,
  before?: unknown,
  options?: Partial<OnboardingOptions>,
): Promise<string> {
  const app = express();
  if (before) app.use(before);
  app.use('/kelviq', getRequestListener(openApi(t, options).app.fetch));
  const server = app.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/kelviq/v1/organizations`;
}

/** The partner's own sign-in. */
const signIn = (request: { user?: object }, _: unknown, next: () => void) => {
  request.user = { id: 'customer-42' };
  next();
};

const identify: OnboardingOptions['identify'] = (c) => ({
  externalId: (c.env as { incoming: { user: { id: string } } }).incoming.user.id,
});

describe('createOnboarding in Express', () => {
  it('signs up', async (t) => {
    const answer = await fetch(await mounted(t), signup());
    assert.equal(answer.status, 201);
    await answer.body?.cancel();
  });

  it('lets identify see what Express knows', async (t) => {
    const answer = await fetch(await mounted(t, signIn, { identify, openSignup: false }), signup());
    assert.equal(((await answer.json()) as { externalId: string }).externalId, 'customer-42');
  });

  it('refuses what was parsed before it', async (t) => {
    const answer = await fetch(await mounted(t, express.json()), signup());
    assert.equal((await problemOf(answer)).code, 'malformed_request');
  });
});
