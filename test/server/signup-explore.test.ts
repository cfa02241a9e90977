/**
 * Walks every path of the table from a new row: all that a POST, a read and a delivery may bring,
 * crashes before each, and takers soon and late. What must never happen is checked at every step
 * against a record of its own, not against the row.
 */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Row } from '../../proxy/row.ts';
import type { Effect, Run, Seen } from '../../proxy/signup-terms.ts';
import { newRun, next } from '../../proxy/signup.ts';
import { BEGIN, outcomesOf, requested, rowIn } from '../support/signup.ts';

const DEPTH = 6;
const TAKEN_AFTER_MS = [12_000, 31_000, 121_000, 25 * 3_600_000];

/** What really happened, as nobody in the product can see it. */
type History = {
  /** Latest POST that may still land; null when every outcome is known. */
  openPost: number | null;
  /** Latest POST that may have landed; a later answer to another one does not take that back. */
  doubt: number | null;
  /** When Kelviq itself answered 500 or 503 to `openPost`, in this run. */
  soonAt: number | null;
  /** A 201 came. */
  created: boolean;
};

type Node = { row: Row; stored: Row; run: Run; effect: Effect; now: number; record: History; path: string };

/** Nodes that differ in nothing but the date behave alike. */
function keyOf({ row, stored, run, effect, now, record }: Node): string {
  const since = (_: string, value: unknown): unknown =>
    typeof value === 'number' && value > 1e12 ? Math.max(value - now, -90_000_000) : value;
  return JSON.stringify([row, stored, run, effect, record], since);
}

function observed(record: History, seen: Seen, now: number, attemptedAt: number): History {
  switch (seen.seen) {
    case 'unknown':
      return { ...record, openPost: attemptedAt, doubt: attemptedAt, soonAt: seen.soon ? now : null };
    case 'created':
    case 'echo_failed':
      return seen.seen === 'created' || seen.from === 'post' ? { ...record, created: true } : record;
    default:
      return record;
  }
}

function check(before: Node, seen: Seen, after: Node, committed: boolean): void {
  const { row, run, effect, now, record } = after;
  if (effect.do === 'post') {
    assert.equal(run.by, 'customer', 'only a customer POSTs');
    assert.ok(committed && after.stored.attempt > before.stored.attempt, 'the attempt is committed first');
    assert.ok(row.email !== null, 'there is an e-mail to send');
    assert.ok(!record.created, 'nothing has been created');
    assert.equal(row.organizationIdentifier, null);
    const old = record.openPost === null || now >= record.openPost + 30_000;
    const hasty = record.soonAt !== null && now >= record.soonAt + 2000;
    assert.ok(old || hasty, 'no earlier POST may still land');
    assert.equal(seen.seen, 'absent', 'a read comes first');
  }
  if (effect.do === 'deliver') assert.ok(row.organizationIdentifier && row.clientKey, 'it can be used');
  if (row.state === 'refused') {
    assert.ok(record.doubt === null || now >= record.doubt + 120_000, 'nothing may appear any more');
    assert.deepEqual([row.email, row.businessName], [null, null]);
    assert.ok(!record.created && row.refusal);
    const stands = row.refusedAt !== null && now < row.refusedAt + 600_000;
    assert.equal(row.emailHash !== null, stands, 'it is known whose it is for ten minutes');
    assert.ok(row.dueAt !== null || !stands, 'it is looked at once more');
  }
  if (row.state === 'delivered') assert.deepEqual([row.email, row.businessName], [null, null]);
  if (row.organizationIdentifier !== null && !row.created) assert.equal(row.email, null);
  const known = before.row.organizationIdentifier;
  if (known !== null) assert.equal(row.organizationIdentifier, known, 'it is known for good');
  if (effect.do === 'rest') {
    assert.ok(committed, 'what rests is committed');
    assert.equal(row.leaseUntil, 0);
    if (row.dueAt === null)
      assert.ok(['delivered', 'undeliverable', 'refused', 'attention'].includes(row.state));
    else assert.ok(row.dueAt > now, 'the next look lies ahead');
    if (['undeliverable', 'attention'].includes(row.state)) assert.ok(row.failure, 'it says why');
  }
}

/** All nodes that follow `node`: by outcome, by crash, or by somebody who takes the row up. */
function follow(node: Node): Node[] {
  const after: Node[] = [];
  const step = (from: Node, run: Run, seen: Seen, now: number, record: History) => {
    const { row, commit, run: nextRun, effect } = next(from.row, run, seen, now);
    if (row === null) {
      assert.ok(record.doubt === null && !record.created && commit, 'a row with a doubt stays');
      return;
    }
    const stored = commit ? row : from.stored;
    const path = `${from.path} ${seen.seen}@${now - BEGIN}`;
    const follower: Node = { row, stored, run: nextRun, effect, now, record, path };
    check(from, seen, follower, commit);
    after.push(follower);
  };

  if (node.effect.do !== 'rest') {
    const now = node.now + (node.effect.do === 'read' ? node.effect.afterMs : 100);
    for (const seen of outcomesOf(node.effect))
      step(node, node.run, seen, now, observed(node.record, seen, now, node.row.attemptedAt));
  }
  // Whoever comes next knows what was committed; the outcome of a POST in hand is lost with its run.
  const left = node.stored;
  const posting = node.effect.do === 'post' ? node.row.attemptedAt : null;
  const record: History = {
    ...node.record,
    openPost: posting ?? node.record.openPost,
    doubt: posting ?? node.record.doubt,
    soonAt: null,
  };
  for (const afterMs of node.effect.do === 'rest' ? TAKEN_AFTER_MS : TAKEN_AFTER_MS.slice(0, 2)) {
    const resting = { ...node, row: left };
    if (left.organizationIdentifier === null && left.state !== 'refused')
      step(resting, newRun('customer'), { seen: 'taken_up' }, node.now + afterMs, record);
    const dueAt = node.effect.do === 'rest' ? left.dueAt : node.now + 12_000;
    if (dueAt !== null)
      step(resting, newRun('worker'), { seen: 'taken_up' }, Math.max(dueAt, node.now + afterMs), record);
  }
  return after;
}

/** Every situation within `depth` steps of `begin`, by state, taker and effect; fails with the path. */
function explore(begin: Node, depth: number): Set<string> {
  const met = new Set<string>();
  const reached = new Set<string>();
  let front = [begin];
  for (let at = 0; at < depth; at++) {
    const further: Node[] = [];
    for (const node of front) {
      let followers: Node[] = [];
      try {
        followers = follow(node);
      } catch (error) {
        assert.fail(`${node.path}\n${String(error)}`);
      }
      for (const follower of followers) {
        const key = keyOf(follower);
        if (met.has(key)) continue;
        met.add(key);
        reached.add(`${follower.row.state} ${follower.run.by} ${follower.effect.do}`);
        further.push(follower);
      }
    }
    front = further;
  }
  return reached;
}

const known: History = { openPost: null, doubt: null, soonAt: null, created: false };

function beginning(row: Row, seen: Seen, by: Run['by'], record: History): Node {
  const now = BEGIN;
  const { run, effect } = next(row, newRun(by), seen, now);
  return { row, stored: row, run, effect, now, record, path: seen.seen };
}

describe('every path of the table', () => {
  const held = { dueAt: BEGIN + 12_000, leaseUntil: BEGIN + 12_000 };

  it('keeps what is promised from a first POST on', () => {
    const reached = explore(beginning(requested(held), { seen: 'opened' }, 'customer', known), DEPTH);
    assert.deepEqual([...reached].toSorted(), [
      'attention customer read',
      'attention customer rest',
      'attention worker read',
      'attention worker rest',
      'delivered customer rest',
      'delivered worker rest',
      'provisioned customer deliver',
      'provisioned customer rest',
      'provisioned worker deliver',
      'provisioned worker read',
      'provisioned worker rest',
      'refused customer rest',
      'refused worker read',
      'refused worker rest',
      'requested customer post',
      'requested customer read',
      'requested customer rest',
      'requested worker read',
      'requested worker rest',
    ]);
  });

  it('keeps what is promised after a doubtful POST', () => {
    const at = BEGIN - 12_000;
    const row = requested({ attemptedAt: at, dueAt: BEGIN, leaseUntil: 0 });
    const record = { ...known, openPost: at, doubt: at };
    explore(beginning(row, { seen: 'taken_up' }, 'customer', record), DEPTH);
  });

  it('keeps what is promised to the last delivery', () => {
    const row = rowIn('provisioned', { deliveryAttempts: 9, ...held });
    const record = { ...known, created: true };
    const reached = explore(beginning(row, { seen: 'taken_up' }, 'worker', record), DEPTH);
    assert.ok(reached.has('undeliverable worker rest') && reached.has('delivered worker rest'));
    assert.ok(![...reached].some((situation) => situation.endsWith('post')));
  });
});
