import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { newRun, next } from '../../proxy/signup.ts';
import { BEGIN, organization, rowIn, walk, wish } from '../support/signup.ts';

const HOUR = 3_600_000;

describe('keys that Kelviq has not issued yet', () => {
  for (const missing of ['serverKey', 'clientKey'] as const) {
    it(`cost no delivery attempt and fill in (${missing})`, () => {
      const early = organization({ [missing]: null });
      const walker = walk().see({ seen: 'created', organization: early, heard: true });
      assert.deepEqual(walker.told, { told: 'organization' });
      assert.deepEqual([walker.step.effect.do, walker.row?.failure], ['rest', 'keys_not_ready']);
      assert.equal(walker.row?.dueAt, BEGIN + 1000);
      walker.takeUp('worker', 1000).see({ seen: 'found', organization: early, heard: false });
      assert.deepEqual([walker.row?.reads, walker.row?.deliveryAttempts], [2, 0]);
      walker.takeUp('worker', 2000).see({ seen: 'found', organization: organization(), heard: false });
      assert.deepEqual([walker.step.effect.do, walker.row?.clientKey], ['deliver', 'ck_1']);
      assert.equal(walker.step.commit, missing === 'clientKey');
    });
  }
});

describe('a later look at what is known', () => {
  it('makes nothing unknown by a null', () => {
    const walker = walk(rowIn('provisioned'), 'worker', { seen: 'taken_up' });
    const nulls = organization({ userId: null, organizationSlug: null, clientKey: null, serverKey: null });
    const { row } = walker.see({ seen: 'found', organization: nulls, heard: false });
    assert.deepEqual([row?.clientKey, row?.organizationSlug, row?.userId], ['ck_1', 'backerei', 7]);
  });

  it('delivers no other organization', () => {
    const walker = walk(rowIn('provisioned'), 'worker', { seen: 'taken_up' });
    const another = organization({ organizationIdentifier: 'org-2' });
    const { row, step } = walker.see({ seen: 'found', organization: another, heard: false });
    assert.deepEqual([step.effect.do, row?.organizationIdentifier], ['rest', 'org-1']);
    assert.equal(row?.failure, 'echo_mismatch');
  });
});

describe('delivery', () => {
  it('erases e-mail and name once acknowledged', () => {
    const row = rowIn('provisioned', { failure: 'http_500', deliveryAttempts: 2 });
    const step = next(row, newRun('worker'), { seen: 'acknowledged' }, BEGIN + 9);
    assert.deepEqual([step.row?.state, step.row?.deliveredAt], ['delivered', BEGIN + 9]);
    assert.deepEqual([step.row?.email, step.row?.businessName, step.row?.failure], [null, null, null]);
    assert.deepEqual([step.row?.dueAt, step.row?.deliveryAttempts, step.commit], [null, 3, true]);
  });

  it('follows the schedule, then is undeliverable', () => {
    const waits = [];
    let row = rowIn('provisioned');
    for (let attempt = 1; attempt <= 10; attempt++) {
      const seen = { seen: 'not_acknowledged', code: 'http_500', retryAfterMs: null, random: 0 } as const;
      const step = next(row, newRun('worker'), seen, BEGIN);
      assert.ok(step.row);
      row = step.row;
      if (row.dueAt !== null) waits.push((row.dueAt - BEGIN) / 60_000);
    }
    assert.deepEqual(waits, [5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]);
    assert.deepEqual([row.state, row.dueAt, row.deliveryAttempts], ['undeliverable', null, 10]);
    assert.deepEqual([row.email, row.failure], [wish.email, 'http_500']);
  });

  for (const [retryAfterMs, wait] of [
    [HOUR, HOUR],
    [1000, 5000],
    [24 * HOUR, 24 * HOUR],
  ] as const) {
    it(`waits ${wait} ms when told to for ${retryAfterMs}`, () => {
      const seen = { seen: 'not_acknowledged', code: 'http_429', retryAfterMs, random: 0 } as const;
      const { row } = next(rowIn('provisioned'), newRun('customer'), seen, BEGIN);
      assert.equal(row?.dueAt, BEGIN + wait);
    });
  }
});
