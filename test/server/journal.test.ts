import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { historyOf, recorded } from '../../proxy/history.ts';
import { createNote, type NotedStep } from '../../proxy/journal.ts';
import { createLog, type LogLevel } from '../../proxy/log.ts';
import { createMeter } from '../../proxy/meter.ts';
import { newRow, type Row } from '../../proxy/row.ts';
import { createTripwire, guardedLog } from '../../proxy/tripwire.ts';
import { organization } from '../support/signup.ts';

const entry = (at: number, observation = 'unread', code?: string) =>
  ({ at, observation, to: 'requested', ...(code !== undefined && { code }) }) as const;

describe('a history', () => {
  it('counts up what a look brings again, on one line', () => {
    let history = recorded('', entry(1, 'opened'));
    for (const at of [2, 3, 4]) history = recorded(history, entry(at, 'unread', 'no_answer'));
    history = recorded(history, entry(5, 'unread', 'http_500'));
    history = recorded(history, entry(6, 'unread'));
    assert.equal(
      history,
      '1 1 opened requested\n4 3 unread requested no_answer\n5 1 unread requested http_500\n6 1 unread requested',
    );
  });

  it('keeps the latest 40 lines, however short', () => {
    let history = '';
    for (let at = 1; at <= 100; at++)
      history = recorded(history, { at: at % 10, observation: at % 2 ? 'found' : 'absent', to: 'refused' });
    const kept = historyOf({ history });
    assert.deepEqual(
      kept.map(({ at }) => at),
      Array.from({ length: 40 }, (_, index) => (61 + index) % 10),
    );
  });
});

const BEFORE = newRow('c1', { email: null, businessName: null, emailHash: null, requestId: 'req_1' }, 0);
const PROVISIONED: Row = { ...BEFORE, state: 'provisioned' };

/** What is heard of these steps, one after the other, where only warnings are. */
async function warnings(
  steps: readonly (Pick<NotedStep, 'after' | 'seen'> & { before?: Row })[],
): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const note = createNote({ log: createLog('warn', (line) => lines.push(line)), customerHash: String }, 'c1');
  for (const step of steps) await note({ before: BEFORE, durationMs: 1, ...step });
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The customers that were hashed for two lines of weight `info` at a level. */
async function hashed(level: LogLevel): Promise<string[]> {
  const customers: string[] = [];
  const log = createLog(level, (line) => assert.match(line, /"customer":"hash of c1"/));
  const customerHash = async (value: string) => (customers.push(value), `hash of ${value}`);
  const heard = createMeter(guardedLog(log, createTripwire())).log;
  const note = createNote({ log: heard, customerHash }, 'c1');
  for (const _ of [1, 2])
    await note({
      before: BEFORE,
      after: { ...BEFORE, state: 'refused' },
      seen: { seen: 'absent' },
      durationMs: 1,
    });
  return customers;
}

describe('the note of a step', () => {
  it('says which try of a delivery was in vain', async () => {
    const before: Row = { ...PROVISIONED, attempt: 1, deliveryAttempts: 6 };
    const after: Row = { ...before, deliveryAttempts: 7, failure: 'http_400' };
    const seen = { seen: 'not_acknowledged', code: 'http_400', retryAfterMs: null, random: 0 } as const;
    const [line] = await warnings([{ before, after, seen }]);
    assert.deepEqual([line?.['outcome'], line?.['attempt']], ['failed', 7]);
  });

  it('hashes its customer once', async () => {
    assert.deepEqual(await hashed('info'), ['c1']);
  });

  for (const seen of [
    { seen: 'unsent', code: 'ECONNREFUSED' },
    { seen: 'unusable', code: 'http_428' },
    { seen: 'unknown', soon: false, code: 'http_502' },
  ] as const)
    it(`warns of what is ${seen.seen}, and says why`, async () => {
      const [line] = await warnings([{ after: seen.seen === 'unsent' ? null : BEFORE, seen }]);
      assert.deepEqual([line?.['requestId'], line?.['code']], ['req_1', seen.code]);
    });

  it('warns of an organization that Kelviq does not know', async () => {
    const lines = await warnings(
      [null, 'absent_at_kelviq'].map((failure) => ({
        after: { ...BEFORE, failure },
        seen: { seen: 'absent' },
      })),
    );
    assert.deepEqual(
      lines.map(({ code }) => code),
      ['absent_at_kelviq'],
    );
  });

  it('warns of keys that Kelviq does not make', async () => {
    const found = { seen: 'found', organization: organization({ serverKey: null }), heard: false } as const;
    const lines = await warnings(
      [1, 9, 10].map((reads) => ({
        before: PROVISIONED,
        after: { ...PROVISIONED, failure: 'keys_not_ready', reads },
        seen: found,
      })),
    );
    assert.deepEqual(
      lines.map(({ code }) => code),
      ['keys_not_ready'],
    );
  });

  it('hashes nobody for a line that nobody hears', async () => {
    assert.deepEqual(await hashed('warn'), []);
  });
});
