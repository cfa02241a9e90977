import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { DeliveryFailure } from '../../proxy/delivery.ts';
import { historyOf } from '../../proxy/history.ts';
import { sweep } from '../support/leaks.ts';
import { readMetrics, valueOf, type Family } from '../support/prometheus.ts';
import { world, type Proxy } from '../support/world.ts';

const PREFIX = 'kelviq_onboarding_';

const scrape = async (proxy: Proxy) => readMetrics(await proxy.metrics());

function outcomes(families: Map<string, Family>, name: string): Record<string, number> {
  const { samples = [] } = families.get(`${PREFIX}${name}`) ?? {};
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['outcome'] ?? '', value]));
}

describe('metrics of signups', () => {
  it('say what log and table say', async (t) => {
    const { open, clock, failures, sandbox } = await world(t);
    const proxy = await open();
    failures.push(new DeliveryFailure('http_500'));
    for (const [customer, email] of [
      ['made', 'owner@example.com'],
      ['lost', 'lost@example.com'],
      ['taken', 'taken@example.com'],
      ['slow', 'slow@example.com'],
    ] as const)
      await clock.run(proxy.post(customer, email));
    sandbox.next('unauthorized');
    await clock.run(proxy.post('denied', 'denied@example.com'));
    await clock.advance(30_000);
    await clock.run(proxy.run());

    const families = await scrape(proxy);
    const moves = proxy.lines.filter(({ event }) => event === 'signup_moved');
    const steps = families.get(`${PREFIX}signup_steps_total`)?.samples ?? [];
    const moved = steps.filter(({ labels }) => labels['from'] !== labels['to']);
    assert.equal(
      moved.reduce((sum, { value }) => sum + value, 0),
      moves.length,
    );
    for (const { labels, value } of moved)
      assert.equal(
        moves.filter((line) =>
          (['from', 'to', 'observation'] as const).every((field) => line[field] === labels[field]),
        ).length,
        value,
        JSON.stringify(labels),
      );
    const rows = await proxy.store.list({ limit: 100 });
    const signups = outcomes(families, 'signups_total');
    const provisioned = rows.filter(({ provisionedAt }) => provisionedAt !== null);
    assert.equal(signups['created'], provisioned.filter(({ created }) => created).length);
    assert.equal(signups['adopted'], provisioned.filter(({ created }) => !created).length);
    assert.equal(signups['refused'], rows.filter(({ state }) => state === 'refused').length);
    assert.ok((signups['created'] ?? 0) >= 2 && signups['refused'] === 1);
    const deliveries = outcomes(families, 'deliveries_total');
    assert.equal(deliveries['delivered'], rows.filter(({ state }) => state === 'delivered').length);
    assert.equal(deliveries['failed'], 1);
    assert.equal(
      valueOf(families, `${PREFIX}delivery_duration_seconds_count`),
      (deliveries['delivered'] ?? 0) + 1,
    );
    for (const [operation, method] of [
      ['create', 'POST'],
      ['read', 'GET'],
    ] as const) {
      const asked = sandbox.state.requests.filter((request) => request.method === method).length;
      assert.equal(valueOf(families, `${PREFIX}upstream_requests_total`, { operation }), asked, operation);
      assert.equal(valueOf(families, `${PREFIX}upstream_duration_seconds_count`, { operation }), asked);
    }
    assert.equal(valueOf(families, `${PREFIX}upstream_requests_total`, { status: '401' }), 1);
  });

  it('show a state that moved in one line each, at info', async (t) => {
    const { open, clock } = await world(t);
    const proxy = await open();
    await proxy.run();
    await proxy.post('c1', 'owner@example.com');
    await clock.settle();
    const shown = proxy.lines.filter(({ level, event }) => level !== 'debug' && event !== 'request');
    assert.deepEqual(
      shown.map(({ event, from, to, observation, outcome }) => [event, from, to, observation, outcome]),
      [
        ['signup_moved', 'none', 'requested', 'opened', undefined],
        ['signup_moved', 'requested', 'provisioned', 'created', 'created'],
        ['signup_moved', 'provisioned', 'delivered', 'acknowledged', 'delivered'],
      ],
    );
    const { requestId } = await proxy.row('c1');
    for (const line of shown) {
      assert.equal(line.requestId, requestId);
      assert.match(line.customer ?? '', /^[\w-]{22}$/);
      assert.equal(typeof line.durationMs, 'number');
    }
    assert.ok(!JSON.stringify(proxy.lines).includes('owner@'));
  });

  it('show the first try in vain, and a key refused, loudly', async (t) => {
    const { open, clock, failures } = await world(t);
    const proxy = await open();
    await proxy.run();
    failures.push(new DeliveryFailure('http_400'));
    await proxy.post('c1', 'owner@example.com');
    await clock.settle();
    await proxy.post('c2', 'unauthorized@example.com');
    await clock.settle();
    const loud = proxy.lines.filter(({ level, event }) => event !== 'request' && /warn|error/.test(level));
    assert.deepEqual(
      loud.map(({ level, event, observation, code }) => [level, event, observation, code]),
      [
        ['warn', 'signup_seen', 'not_acknowledged', 'http_400'],
        ['error', 'signup_seen', 'denied', 'partner_key_refused'],
      ],
    );
  });

  it('count what a limit refuses, by which', async (t) => {
    const { open } = await world(t);
    const proxy = await open({ rateLimitEmail: { attempts: 1, windowMs: 60_000 } });
    await proxy.post('c1', 'owner@example.com');
    assert.equal((await proxy.post('c2', 'owner@example.com')).status, 429);
    const families = await scrape(proxy);
    assert.equal(valueOf(families, `${PREFIX}rate_limited_total`, { limit: 'email' }), 1);
    assert.equal(valueOf(families, `${PREFIX}rate_limited_total`, { limit: 'address' }), 0);
    assert.equal(valueOf(families, `${PREFIX}refusals_total`, { code: 'rate_limited' }), 1);
    const route = '/v1/organizations';
    assert.equal(valueOf(families, `${PREFIX}requests_total`, { route, status: '429' }), 1);
    assert.equal(valueOf(families, `${PREFIX}request_duration_seconds_count`, { route }), 2);
  });

  it('hold nothing that a visitor or a key says', async (t) => {
    const { open, sandbox } = await world(t);
    const proxy = await open();
    const customer = 'customer-who-is-nobody-elses';
    const email = 'very-own-address@example.com';
    await proxy.post(customer, email);
    await proxy.app.request('/v1/zebra-quartz-vexing', {
      method: 'PROPFIND',
      headers: { origin: 'https://evil.example.com' },
    });
    const { serverKey, clientKey } = sandbox.state.organizations[0] ?? {};
    const text = await proxy.metrics();
    assert.deepEqual(
      sweep(
        { metrics: Buffer.from(text) },
        {
          'partner key': sandbox.partnerKey,
          'server key': serverKey ?? '',
          'client key': clientKey ?? '',
          customer,
          email,
          path: 'zebra-quartz-vexing',
          origin: 'evil.example.com',
        },
      ),
      [],
    );
  });
});

describe('metrics of what waits', () => {
  it('tell backlog, age and lag, and a refused key', async (t) => {
    const { open, clock, failures, sandbox } = await world(t);
    const proxy = await open();
    failures.push(new DeliveryFailure('http_500'));
    await proxy.post('c1', 'owner@example.com');
    await clock.advance(65_000);
    const families = await scrape(proxy);
    assert.equal(valueOf(families, `${PREFIX}backlog`, { state: 'provisioned' }), 1);
    assert.equal(valueOf(families, `${PREFIX}backlog`, { state: 'attention' }), 0);
    assert.equal(valueOf(families, `${PREFIX}oldest_undelivered_age_seconds`, { state: 'provisioned' }), 65);
    assert.equal(valueOf(families, `${PREFIX}worker_lag_seconds`), 65 - 5.25);
    assert.equal(valueOf(families, `${PREFIX}store_up`), 1);
    assert.equal(valueOf(families, `${PREFIX}partner_key_refused`), 0);
    sandbox.next('unauthorized');
    await proxy.post('c2', 'other@example.com');
    assert.equal(valueOf(await scrape(proxy), `${PREFIX}partner_key_refused`), 1);
  });

  it('leave out what a store that fails would say', async (t) => {
    const { open } = await world(t);
    let broken = false;
    let checks = 0;
    const proxy = await open({}, (store) => ({
      ...store,
      check: () => (checks++, store.check()),
      begin: (...given) => (broken ? Promise.reject(new Error('disk')) : store.begin(...given)),
      nextDue: () => (broken ? Promise.reject(new Error('disk')) : store.nextDue()),
    }));
    broken = true;
    checks = 0;
    assert.equal((await proxy.post('c1', 'owner@example.com')).status, 503);
    const families = await scrape(proxy);
    assert.equal(valueOf(families, `${PREFIX}store_up`), 0);
    assert.equal(families.has(`${PREFIX}backlog`), false);
    assert.equal(checks, 0, 'one that hangs is waited for once');
    assert.equal(valueOf(families, `${PREFIX}store_failures_total`, { during: 'request' }), 1);
  });
});

describe('the history of a row', () => {
  it('tells every attempt and what it led to', async (t) => {
    const { open, clock, failures, sandbox } = await world(t);
    const proxy = await open();
    failures.push(new DeliveryFailure('a long\nway round'));
    const first = await proxy.post('c1', 'taken@example.com');
    assert.equal(first.status, 409);
    await clock.advance(1000);
    sandbox.next('error');
    await clock.run(proxy.post('c1', 'owner@example.com'));
    await clock.advance(60_000);
    await clock.run(proxy.run());
    const row = await proxy.row('c1');
    const seen = historyOf(row).map(({ observation, to, code }) => [observation, to, code].join(' ').trim());
    assert.deepEqual(seen.slice(0, 3), [
      'opened requested',
      'refused requested email_taken',
      'absent refused',
    ]);
    assert.equal(seen[3], 'opened requested');
    assert.ok(seen.includes('not_acknowledged provisioned a_long_way_round'), seen.join('\n'));
    assert.equal(seen.at(-1), 'acknowledged delivered');
    const references = historyOf(row).flatMap(({ requestId }) => requestId ?? []);
    assert.equal(references.length, 2);
    for (const reference of references)
      assert.equal((await proxy.store.findByRequest(reference))?.externalId, 'c1');
  });
});
