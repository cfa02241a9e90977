import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { ROW_STATES, type RowState } from '../../proxy/row.ts';
import type { Run, Seen } from '../../proxy/signup-terms.ts';
import { newRun, next } from '../../proxy/signup.ts';
import { BEGIN, organization, rowIn } from '../support/signup.ts';

const whole = organization();
const noServerKey = organization({ serverKey: null });
const noClientKey = organization({ clientKey: null });
const another = organization({ organizationIdentifier: 'org-2' });
const noAnswer = { seen: 'unread', code: 'no_answer' } as const;
const keyRefused = { seen: 'unread', code: 'partner_key_refused' } as const;

const POSTED: Record<string, Seen> = {
  created: { seen: 'created', organization: whole, heard: true },
  'created without serverKey': { seen: 'created', organization: noServerKey, heard: true },
  'created without clientKey': { seen: 'created', organization: noClientKey, heard: true },
  'refused as taken': { seen: 'refused', code: 'email_taken' },
  'refused as invalid': { seen: 'refused', code: 'validation_failed' },
  limited: { seen: 'limited', retryAfterMs: 7000 },
  unsent: { seen: 'unsent', code: 'ECONNREFUSED' },
  denied: { seen: 'denied' },
  unusable: { seen: 'unusable', code: 'http_428' },
  'unknown, soon': { seen: 'unknown', soon: true, code: 'http_503' },
  unknown: { seen: 'unknown', soon: false, code: 'http_502' },
  'wrong echo': { seen: 'echo_failed', from: 'post' },
};

const READ: Record<string, Seen> = {
  found: { seen: 'found', organization: whole, heard: true },
  'found without serverKey': { seen: 'found', organization: noServerKey, heard: true },
  'another found': { seen: 'found', organization: another, heard: true },
  absent: { seen: 'absent' },
  'no answer': noAnswer,
  'key refused': keyRefused,
  'wrong echo': { seen: 'echo_failed', from: 'read' },
};

const DELIVERED: Record<string, Seen> = {
  acknowledged: { seen: 'acknowledged' },
  'not acknowledged': { seen: 'not_acknowledged', code: 'http_500', retryAfterMs: null, random: 0 },
};

/** `state effect`, "+" where it is committed, and what the browser is told. */
function cell(state: RowState, by: Run['by'], seen: Seen, run: Partial<Run> = {}): string {
  const step = next(rowIn(state), { ...newRun(by), ...run }, seen, BEGIN);
  const told = step.answer ? ` → ${step.answer.told}` : '';
  return `${step.row?.state ?? 'gone'} ${step.effect.do}${step.commit ? ' +' : ''}${told}`;
}

describe('after a POST, by a customer', () => {
  const table: Record<keyof typeof POSTED, string> = {
    created: 'provisioned deliver + → organization',
    'created without serverKey': 'provisioned rest + → organization',
    'created without clientKey': 'provisioned rest + → organization',
    'refused as taken': 'requested read',
    'refused as invalid': 'requested read',
    limited: 'gone rest + → unavailable',
    unsent: 'gone rest + → unavailable',
    denied: 'requested rest + → unavailable',
    unusable: 'requested rest + → upstream_failed',
    'unknown, soon': 'requested read',
    unknown: 'requested read',
    'wrong echo': 'requested read +',
  };
  for (const [name, seen] of Object.entries(POSTED))
    it(`${name}: ${table[name]}`, () => assert.equal(cell('requested', 'customer', seen), table[name]));
});

type Cells = { customer: string; worker: string };
const both = (text: string): Cells => ({ customer: text, worker: text });
const readOn = (state: string, worker = `${state} rest + → pending`): Cells => ({
  customer: `${state} read`,
  worker,
});

/** A row whose organization is known; it is looked at to deliver, first or again. */
const known = (state: RowState): Record<keyof typeof READ, Cells> => ({
  found: both('provisioned deliver'),
  'found without serverKey': both('provisioned rest + → organization'),
  'another found': readOn(state),
  absent: both(`${state} rest + → pending`),
  'no answer': readOn(state),
  'key refused': both(`${state} rest + → unavailable`),
  'wrong echo': readOn(state),
});

/** A row of which no organization is known. */
const unresolved = (state: RowState): Record<keyof typeof READ, Cells> => ({
  found: both('provisioned deliver + → organization'),
  'found without serverKey': both('provisioned rest + → organization'),
  'another found': both('provisioned deliver + → organization'),
  absent: readOn(state),
  'no answer': readOn(state),
  'key refused': both(`${state} rest + → unavailable`),
  'wrong echo': readOn(state, state === 'attention' ? 'attention rest + → upstream_failed' : undefined),
});

/** A row whose refusal is over. */
const over: Record<keyof typeof READ, Cells> = {
  ...unresolved('refused'),
  absent: both('refused rest +'),
};

describe('after the first read', () => {
  const table: Record<RowState, Record<string, Cells>> = {
    requested: unresolved('requested'),
    attention: unresolved('attention'),
    provisioned: known('provisioned'),
    undeliverable: known('undeliverable'),
    delivered: known('delivered'),
    refused: over,
  };
  for (const state of ROW_STATES)
    for (const [name, seen] of Object.entries(READ))
      for (const by of ['customer', 'worker'] as const) {
        const expected = table[state][name]?.[by];
        it(`${state}, ${by}, ${name}: ${expected}`, () =>
          assert.equal(cell(state, by, seen, { readingSince: BEGIN, reads: 1 }), expected));
      }
});

describe('after a delivery', () => {
  const table: Record<keyof typeof DELIVERED, string> = {
    acknowledged: 'delivered rest +',
    'not acknowledged': 'provisioned rest +',
  };
  for (const [name, seen] of Object.entries(DELIVERED))
    for (const by of ['customer', 'worker'] as const)
      it(`${by}, ${name}: ${table[name]}`, () => assert.equal(cell('provisioned', by, seen), table[name]));
});

describe('taken up', () => {
  for (const state of ROW_STATES.filter((one) => one !== 'refused'))
    for (const by of ['customer', 'worker'] as const)
      it(`${state} by a ${by} is read at once`, () => {
        const row = rowIn(state);
        const step = next(row, newRun(by), { seen: 'taken_up' }, BEGIN);
        assert.deepEqual(step.effect, { do: 'read', afterMs: 0 });
        assert.deepEqual([step.row, step.commit, step.answer], [row, false, undefined]);
      });
});
