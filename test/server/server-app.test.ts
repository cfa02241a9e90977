import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { createApp } from '../../proxy/node/app.ts';
import type { Onboarding } from '../../proxy/onboarding.ts';

type State = Awaited<ReturnType<Onboarding['state']>>;

function appWith(state: State): Hono {
  const app = new Hono().get('/v1/session', (c) => c.text('session'));
  return createApp({ app, state: async () => state }, [], '1.2.3', async (_c, next) => next());
}

describe('GET /healthz', () => {
  it('is about the process alone', async () => {
    const response = await appWith({ store: 'unavailable', partnerKey: 'refused' }).request('/healthz');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(await response.json(), { status: 'ok', version: '1.2.3' });
  });
});

describe('GET /readyz', () => {
  for (const [state, status] of [
    [{ store: 'ok', partnerKey: 'ok' }, 200],
    [{ store: 'ok', partnerKey: 'unknown' }, 200],
    [{ store: 'ok', partnerKey: 'refused' }, 200],
    [{ store: 'unavailable', partnerKey: 'ok' }, 503],
  ] as const) {
    it(`answers ${status} for store ${state.store}, key ${state.partnerKey}`, async () => {
      const response = await appWith(state).request('/readyz');
      assert.equal(response.status, status);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.deepEqual(await response.json(), state);
    });
  }
});

describe('the standalone server', () => {
  it('serves onboarding at its root', async () => {
    const response = await appWith({ store: 'ok', partnerKey: 'ok' }).request('/v1/session');
    assert.equal(await response.text(), 'session');
  });
});
