/** Parts that an app brings, and what becomes of a signup when they fail in their own way. */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { openApi, signup } from '../support/api.ts';
import { world } from '../support/world.ts';

const email = 'owner@example.com';
const broken = () => {
  throw new Error('broken');
};

describe('a log that throws', () => {
  it('ends no signup, delivery or stop', async (t) => {
    const { clock, open, failures, tries } = await world(t);
    failures.push(new Error('busy'));
    const proxy = await open({ log: Object.assign(broken, { hears: () => true }) });
    proxy.start();
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
    await clock.advance(6000);
    assert.equal(tries.length, 2);
    assert.equal((await proxy.row('c1')).state, 'delivered');
    await clock.run(proxy.stop());
  });

  it('is no reason to refuse', async (t) => {
    const { clock, open } = await world(t);
    const proxy = await open({ log: broken });
    const refused = await clock.run(proxy.post('c1', email, { headers: { Origin: 'https://evil.example' } }));
    assert.equal(refused.status, 403);
    assert.match(await proxy.metrics(), /refusals_total\{code="origin_not_allowed"\} 1/);
  });
});

it('blames no store for a client address that throws', async (t) => {
  const lines: string[] = [];
  const { app } = openApi(t, { clientAddress: broken, log: (_, event) => void lines.push(event) });
  assert.equal((await app.request('/v1/organizations', signup())).status, 500);
  assert.deepEqual(lines, ['internal_error', 'request']);
});

describe('a store whose renew throws at once', () => {
  it('leaves the rows in hand to their end', async (t) => {
    const { clock, open, sandbox } = await world(t);
    const proxy = await open({}, (store) => ({ ...store, renew: broken }));
    sandbox.next({ delayMs: 5000 });
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
    assert.deepEqual(
      proxy.lines.filter(({ event }) => event === 'store_unavailable').map(({ during }) => during),
      ['lease'],
    );
    await clock.run(proxy.stop());
  });
});
