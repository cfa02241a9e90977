/**
 * Every move between states that the table in proxy/signup.ts can make, found by trying: from each
 * state, by each taker, at each time that makes a difference, with all that may be seen.
 */
import { newRow, ROW_STATES, type Row } from '../../proxy/row.ts';
import type { Effect, Run, Seen } from '../../proxy/signup-terms.ts';
import { attempted, newRun, next } from '../../proxy/signup.ts';
import { BEGIN, outcomesOf, rowIn, wish } from './signup.ts';

type Node = { row: Row; run: Run; effect: Effect; now: number };

const LATER_MS = [0, 12_000, 31_000, 121_000, 601_000, 25 * 3_600_000];

/** Which of the times that make a difference have passed. */
function age(at: number | null, now: number): string {
  return at === null
    ? '-'
    : String([2000, 30_000, 120_000, 600_000, 86_400_000].filter((ms) => now - at >= ms).length);
}

/** Nodes that agree in this behave alike. */
function keyOf({ row, run, effect, now }: Node): string {
  return [
    row.state,
    row.refusal,
    row.failure === 'echo_mismatch',
    row.settled,
    row.email === null,
    row.organizationIdentifier !== null,
    row.clientKey !== null,
    row.created,
    Math.min(row.reads, 10),
    Math.min(row.deliveryAttempts, 10),
    age(row.attemptedAt, now),
    age(row.doubtAt, now),
    age(row.refusedAt, now),
    age(run.readingSince, now),
    run.by,
    Math.min(run.reads, 7),
    run.posts,
    run.soon,
    effect.do,
  ].join();
}

/** Edges as `from → to`, each with what was seen. */
export function edges(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const note = (from: string, to: string, seen: string) => {
    if (from !== to) found.set(`${from} → ${to}`, (found.get(`${from} → ${to}`) ?? new Set()).add(seen));
  };
  // A request opens an attempt where there is no row, or one that was refused.
  const opened = attempted(newRow('c1', wish, BEGIN), BEGIN);
  note('none', opened.state, 'opened');
  note('refused', attempted({ ...rowIn('refused'), ...wish }, BEGIN).state, 'opened');

  const met = new Set<string>();
  const waiting: Node[] = [];
  function step(row: Row, run: Run, seen: Seen, now: number): void {
    const after = next(row, run, seen, now);
    note(row.state, after.row?.state ?? 'removed', seen.seen);
    if (after.row === null) return;
    const node = { row: after.row, run: after.run, effect: after.effect, now };
    const key = keyOf(node);
    if (met.has(key)) return;
    met.add(key);
    waiting.push(node);
  }
  function takeUp(row: Row, now: number): void {
    for (const by of ['customer', 'worker'] as const)
      // A customer with an organization, or refused, is answered from the row.
      if (by === 'worker' || (row.organizationIdentifier === null && row.state !== 'refused'))
        step(row, newRun(by), { seen: 'taken_up' }, now);
  }

  /** `deliveries retry`, as the store does it: what nobody looks at by itself is due again. */
  function retried(row: Row): Row {
    if (row.state !== 'undeliverable') return row;
    note('undeliverable', 'provisioned', 'enqueued');
    return { ...row, state: 'provisioned', deliveryAttempts: 0 };
  }

  step(opened, newRun('customer'), { seen: 'opened' }, BEGIN);
  for (const state of ROW_STATES) takeUp(retried(rowIn(state)), BEGIN + 12_000);
  // `deliveries forget` erases whose it was.
  takeUp(rowIn('attention', { email: null, businessName: null, emailHash: null }), BEGIN + 25 * 3_600_000);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const { row, run, effect, now } = node;
    for (const seen of outcomesOf(effect))
      step(row, run, seen, now + (effect.do === 'read' ? effect.afterMs : 100));
    if (effect.do !== 'rest') continue;
    for (const laterMs of LATER_MS)
      takeUp(row.dueAt === null ? retried(row) : row, Math.max(row.dueAt ?? 0, now + laterMs));
  }
  return found;
}
