import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { recorded } from '../../proxy/history.ts';
import { checkDeliveries } from '../../proxy/node/commands/doctor/deliveries.ts';
import { checkStore } from '../../proxy/node/commands/doctor/store.ts';
import type { Row } from '../../proxy/row.ts';
import type { Store } from '../../proxy/store.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { STORE_TIME, signupRow } from '../support/signup-row.ts';
import { databasePath, openStore } from '../support/store.ts';

/** A row whose delivery failed `deliveryAttempts` times, the last time with `code`. */
const tried = (externalId: string, code: string, members: Partial<Row> = {}) =>
  signupRow(externalId, {
    state: 'provisioned',
    dueAt: STORE_TIME,
    deliveryAttempts: 1,
    failure: code,
    history: recorded('', { at: STORE_TIME, observation: 'not_acknowledged', to: 'provisioned', code }),
    ...members,
  });

/** A row whose last attempt Kelviq answered so, and which was read since. */
const waiting = (externalId: string, observation: string, code?: string) => {
  const at = STORE_TIME;
  let history = recorded('', { at, observation: 'opened', to: 'requested', requestId: 'req_1' });
  history = recorded(history, { at, observation, to: 'requested', ...(code && { code }) });
  history = recorded(history, { at, observation: 'absent', to: 'requested' });
  return signupRow(externalId, { state: 'requested', dueAt: STORE_TIME, failure: 'no_answer', history });
};

/** What is said of these rows. */
async function said(rows: readonly Row[]) {
  const { tell, lines } = listening();
  const list: Store['list'] = async ({ states = [], after = '', limit }) =>
    rows.filter(({ externalId, state }) => externalId > after && states.includes(state)).slice(0, limit);
  await checkDeliveries({ list }, tell);
  return lines;
}

describe('doctor, deliveries tried in vain', () => {
  it('are said at once, with how many and why', async (t) => {
    const path = await databasePath(t);
    await openStore(
      t,
      [
        tried('a', 'http_400'),
        tried('b', 'http_400'),
        tried('c', 'connect_failed'),
        signupRow('d', { state: 'provisioned', dueAt: STORE_TIME, failure: 'keys_not_ready' }),
        tried('e', 'http_500', { state: 'delivered', dueAt: null }),
      ],
      path,
    );
    const { tell, lines } = listening();
    await checkStore({ DATABASE_URL: `sqlite:${path}` }, tell, new FakeClock(STORE_TIME + 1000));
    assert.deepEqual(
      lines.map(({ status, what }) => `${status} ${what}`),
      [
        'ok it opens and can be written',
        'ok waiting: 4 provisioned',
        'warn 2 deliveries were tried in vain and wait for the next try (http_400)',
        'warn 1 delivery was tried in vain and waits for the next try (connect_failed)',
      ],
    );
    assert.match(lines[2]?.fix ?? '', /WEBHOOK_SECRET/);
    for (const { fix } of lines.slice(2)) assert.match(fix, /kelviq-onboarding deliveries retry --all$/);
  });

  it('are told from those that Kelviq stands in the way of', async () => {
    const lines = await said([
      tried('a', 'http_500'),
      tried('b', 'http_500', { failure: 'absent_at_kelviq' }),
      tried('c', 'absent_at_kelviq'),
      // Forgotten: nobody waits for it.
      tried('d', 'absent_at_kelviq', { dueAt: null }),
    ]);
    assert.deepEqual(
      lines.map(({ status, what }) => `${status} ${what}`),
      [
        'warn 2 deliveries wait for organizations that Kelviq does not know (absent_at_kelviq)',
        'warn 1 delivery was tried in vain and waits for the next try (http_500)',
      ],
    );
    assert.match(lines[0]?.fix ?? '', /^see that KELVIQ_PARTNER_KEY is of the partner/);
  });

  it('are told from those whose keys Kelviq has not made', async () => {
    const keyless = { state: 'provisioned', failure: 'keys_not_ready', dueAt: STORE_TIME } as const;
    const [line, ...more] = await said([
      // Sent again by hand after tries in vain: the receiver is not what it waits for now.
      tried('a', 'http_500', { ...keyless, reads: 10 }),
      // Seconds old, as most are.
      signupRow('b', { ...keyless, reads: 9 }),
    ]);
    assert.equal(
      line?.what,
      '1 delivery waits for keys that Kelviq has not made in ten minutes (keys_not_ready)',
    );
    assert.match(line?.fix ?? '', /^ask Kelviq/);
    assert.deepEqual(more, []);
  });

  it('keep their code when a read of Kelviq fails later', async () => {
    const [line] = await said([tried('a', 'timed_out', { failure: 'http_503' })]);
    assert.match(line?.what ?? '', /\(timed_out\)/);
  });

  for (const [code, fix] of [
    ['http_400', /^give the receiver the WEBHOOK_SECRET.* raw bytes/],
    ['http_403', /CSRF.* WEBHOOK_SECRET/],
    ['http_419', /CSRF/],
    ['http_422', /CSRF/],
    ['http_404', /path of WEBHOOK_URL/],
    ['http_302', /final address/],
    ['http_503', /receiver’s log/],
    ['timed_out', /15 s/],
    ['connect_failed', /doctor --receiver/],
    ['connection_lost', /in between/],
    ['internal_address', /WEBHOOK_ALLOW_INTERNAL/],
    ['sealing_failed', /WEBHOOK_ENCRYPTION_KEY/],
    ['of_your_own', /doctor --receiver/],
  ] as const)
    it(`say what to do about ${code}`, async () => {
      const [line] = await said([tried('a', code)]);
      assert.match(line?.fix ?? '', fix);
    });

  it('are not counted to their end where there are many', async () => {
    const rows = Array.from({ length: 10_500 }, (_, index) =>
      tried(String(index).padStart(6, '0'), 'timed_out'),
    );
    const [line, ...more] = await said(rows);
    assert.match(line?.what ?? '', /^at least 10,000 deliveries/);
    assert.deepEqual(more, []);
  });
});

describe('doctor, signups without a usable answer', () => {
  it('are said at once, with how many and why', async () => {
    const lines = await said([
      waiting('a', 'denied'),
      waiting('b', 'unusable', 'http_428'),
      waiting('c', 'unusable', 'http_428'),
      waiting('d', 'unknown', 'ETIMEDOUT'),
      // In hand, or left by a crash.
      signupRow('e', { state: 'requested', dueAt: STORE_TIME }),
      tried('f', 'http_500'),
    ]);
    assert.deepEqual(
      lines.map(({ status, what }) => `${status} ${what}`),
      [
        'warn 2 signups wait, because Kelviq gave no usable answer (http_428)',
        'warn 1 signup waits, because Kelviq gave no usable answer (partner_key_refused)',
        'warn 1 signup waits, because Kelviq gave no usable answer (ETIMEDOUT)',
        'warn 1 delivery was tried in vain and waits for the next try (http_500)',
      ],
    );
  });

  it('are judged by their last attempt', async () => {
    const row = waiting('a', 'unusable', 'http_428');
    const entry = { at: STORE_TIME, observation: 'opened', to: 'requested', requestId: 'req_2' } as const;
    assert.deepEqual(await said([{ ...row, history: recorded(row.history, entry) }]), []);
  });

  for (const [code, fix] of [
    ['http_404', /KELVIQ_BASE_URL.*\/api\/v1/],
    ['http_302', /final address/],
    ['http_428', /ask Kelviq/],
    ['http_500', /in trouble/],
    ['broken_answer', /in between/],
  ] as const)
    it(`say what to do about ${code}`, async () => {
      const [line] = await said([waiting('a', 'unusable', code)]);
      assert.match(line?.fix ?? '', fix);
      assert.match(line?.fix ?? '', /served then$/);
    });
});
