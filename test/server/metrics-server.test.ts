import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { startServer } from '../../proxy/node/server.ts';
import { createVitals } from '../../proxy/vitals.ts';
import type { Store } from '../../proxy/store.ts';
import { settingsOf } from '../support/environment.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { readMetrics, valueOf } from '../support/prometheus.ts';
import { blocks, namesOf } from '../support/readme.ts';
import { databasePath } from '../support/store.ts';

describe('METRICS_PORT', () => {
  it('has a listener of its own, in the strict format', async (t) => {
    const settings = settingsOf({
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      DATABASE_URL: `sqlite:${await databasePath(t)}`,
    });
    const server = await startServer(settings, () => undefined);
    t.after(() => server.close());
    const signup = await fetch(`${server.url}/v1/organizations`, { method: 'POST' });
    await signup.text();
    const response = await fetch(server.metricsUrl ?? '');
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const families = readMetrics(await response.text());
    const { version } = (await (await fetch(`${server.url}/healthz`)).json()) as { version: string };
    assert.equal(valueOf(families, 'kelviq_onboarding_build_info', { version, environment: 'sandbox' }), 1);
    assert.ok((valueOf(families, 'process_resident_memory_bytes') ?? 0) > 10_000_000);
    assert.ok(Math.abs((valueOf(families, 'process_start_time_seconds') ?? 0) * 1000 - Date.now()) < 600_000);
    assert.equal(valueOf(families, 'kelviq_onboarding_signups_total', { outcome: 'created' }), 0);
    assert.deepEqual(namesOf('metric'), [...families.keys()]);
    const alerts =
      blocks.find(({ language, text }) => language === 'yaml' && text.includes('alert:'))?.text ?? '';
    for (const [, name = ''] of alerts.matchAll(/(kelviq_onboarding_\w+)/g))
      assert.ok(families.has(name.replace(/_bucket$/, '')), `an alert speaks of ${name}`);
    const [, route = ''] = /requests_total\{route="([^"]+)",status=~"5\.\."\}/.exec(alerts) ?? [];
    assert.equal(valueOf(families, 'kelviq_onboarding_requests_total', { route, status: '403' }), 1);
    const outside = await fetch(`${server.url}/metrics`);
    assert.equal(outside.status, 404);
    await outside.text();
    const elsewhere = await fetch(new URL('/', server.metricsUrl ?? ''));
    assert.deepEqual([elsewhere.status, await elsewhere.text()], [404, 'Metrics are at /metrics.\n']);
  });

  it('is off unless it is set', async (t) => {
    const settings = settingsOf({
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: `sqlite:${await databasePath(t)}`,
    });
    const server = await startServer(settings, () => undefined);
    t.after(() => server.close());
    assert.equal(server.metricsUrl, null);
  });
});

describe('the backlog', () => {
  it('is looked at for a hundredth of the time at most', async () => {
    let elapsed = 0;
    let looks = 0;
    const store = {
      nextDue: async () => null,
      check: async () => undefined,
      backlog: async () => {
        looks++;
        elapsed += 200;
        return [];
      },
    } as unknown as Store;
    const work = { open: async () => undefined, count: () => 0 } as never;
    const clock = new FakeClock();
    const vitals = createVitals({ store, work, keyState: () => 'ok', clock, elapsed: () => elapsed });
    for (let scrape = 0; scrape < 60; scrape++) {
      await vitals();
      elapsed += 1000;
    }
    assert.equal(looks, 3);
  });
});
