import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { guard } from '../../proxy/guard.ts';
import { createApp } from '../../proxy/node/app.ts';
import { createMetricsApp } from '../../proxy/node/metrics.ts';
import type { Onboarding } from '../../proxy/onboarding.ts';
import { passage } from '../../proxy/passage.ts';
import { Secret } from '../../proxy/secret.ts';
import { createTripwire } from '../../proxy/tripwire.ts';

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
  it('guards what it answers itself', async () => {
    const tripwire = createTripwire();
    tripwire.add([new Secret('planted-secret')]);
    const state = { store: 'planted-secret', partnerKey: 'ok' } as unknown as State;
    const app = createApp(
      { app: new Hono(), state: async () => state },
      [],
      'planted-secret',
      passage([guard(tripwire, () => undefined)]),
    );
    for (const path of ['/healthz', '/readyz']) {
      const response = await app.request(path);
      assert.equal(response.status, 500);
      assert.doesNotMatch(await response.text(), /planted/);
    }
    const metrics = createMetricsApp(
      { metrics: async () => 'planted-secret 1\n' },
      { version: '1.2.3', environment: 'sandbox' },
      passage([guard(tripwire, () => undefined)]),
    );
    assert.equal((await metrics.request('/metrics')).status, 500);
  });

  it('serves onboarding at its root', async () => {
    const response = await appWith({ store: 'ok', partnerKey: 'ok' }).request('/v1/session');
    assert.equal(await response.text(), 'session');
  });
});
