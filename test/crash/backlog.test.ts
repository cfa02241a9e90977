import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { createSessionToken } from '../../proxy/backend.ts';
import { startReceiver } from '../support/receiver.ts';
import { onEveryEngine } from '../support/store.ts';
import { fill, OLD, startEndlessKelviq } from './backlog.ts';
import { startFailing } from './failing-process.ts';
import { until } from './replicas.ts';
import { pause } from './site.ts';

const BACKLOG = 100_000;
const NEW = 20;
/** All of these are far less than what working off the backlog takes. */
const FIRST_TRY_MS = 5000;
const SECOND_TRY_MS = 20_000;
const GROWTH_BYTES = 128 << 20;
const ORIGIN = 'https://app.example.com';

const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

onEveryEngine((_, engine) => {
  it('keeps 100,000 undelivered rows out of the way', async (t) => {
    const address = await engine.address(t);
    const kelviq = await startEndlessKelviq();
    t.after(kelviq.close);
    const sessionSecret = randomBytes(32).toString('hex');
    const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
    const tried = new Set<string>();
    const arrivedAt = new Map<string, number>();
    let old = 0;
    const receiver = await startReceiver(webhookSecret, {
      answer({ data: { externalId } }) {
        if (externalId.startsWith(OLD)) {
          old++;
          return 'stored';
        }
        // Half of the new ones come a second time, after 5 s.
        const again = externalId.endsWith('-again') && !tried.has(externalId);
        tried.add(externalId);
        if (again) return 503;
        arrivedAt.set(externalId, performance.now());
        return 'stored';
      },
    });
    t.after(receiver.close);
    const start = () =>
      startFailing({
        KELVIQ_PARTNER_KEY: 'kvqp_sandbox_of_a_test',
        KELVIQ_BASE_URL: kelviq.url,
        ALLOWED_ORIGINS: ORIGIN,
        WEBHOOK_URL: receiver.url,
        WEBHOOK_SECRET: webhookSecret,
        SESSION_SECRET: sessionSecret,
        RATE_LIMIT: 'off',
        DATABASE_URL: address,
        LOG_LEVEL: 'info',
        PACE: JSON.stringify({ epoch: Date.now(), speed: 1, aheadMs: 0 }),
      });
    const signUp = async (url: string, externalId: string) => {
      const token = await createSessionToken({ secret: sessionSecret, externalId });
      const { status } = await fetch(`${url}/v1/organizations`, {
        method: 'POST',
        headers: { origin: ORIGIN, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ email: `${externalId}@example.com` }),
      });
      assert.equal(status, 201);
      return performance.now();
    };

    const empty = await start();
    await signUp(empty.url ?? '', 'before');
    await pause(1500);
    const usual = await empty.rss();
    empty.kill();
    await empty.ended;
    await fill(address, { count: BACKLOG, now: Date.now() - 3_600_000 });

    const server = await start();
    t.after(async () => {
      server.kill();
      await server.ended;
    });
    await until('the backlog moves', () => old > 500);
    const [begun, before] = [performance.now(), old];
    let most = 0;
    const toldAt = new Map<string, number>();
    for (let turn = 0; turn < NEW; turn++) {
      const customer = `new-${turn}${turn % 2 ? '-again' : ''}`;
      toldAt.set(customer, await signUp(server.url ?? '', customer));
      most = Math.max(most, await server.rss());
      await pause(100);
    }
    await until('the new ones are delivered', () => arrivedAt.size === NEW + 1);
    most = Math.max(most, await server.rss());
    const perSecond = Math.round(((old - before) / (performance.now() - begun)) * 1000);
    assert.ok(old < BACKLOG, 'the backlog lasts longer than the test');

    const waits = [...toldAt].map(([customer, at]) => ({
      again: customer.endsWith('-again'),
      ms: (arrivedAt.get(customer) ?? Infinity) - at,
    }));
    const longest = (again: boolean) =>
      Math.round(Math.max(...waits.filter((wait) => wait.again === again).map(({ ms }) => ms)));
    assert.ok(longest(false) < FIRST_TRY_MS, `a first try waits ${longest(false)} ms`);
    assert.ok(longest(true) < SECOND_TRY_MS, `a second try waits ${longest(true)} ms`);
    assert.ok(most - usual < GROWTH_BYTES, `${mb(most)} instead of ${mb(usual)}`);
    t.diagnostic(
      `measured: ${perSecond} rows a second; a first try waits ${longest(false)} ms at most, one after a ` +
        `failure ${longest(true)} ms; ${mb(most)} at most, ${mb(usual)} without a backlog`,
    );
  });
});
