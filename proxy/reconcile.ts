/**
 * Compares Kelviq's list with the store. What the store does not know is put there as a row that is
 * due, and a running server reads it again and delivers it: after the loss of the whole database too.
 * It works beside running servers, sends nothing, deletes nothing, and leaves alone what is in hand.
 */
import { sharedClock, type Clock } from './clock.ts';
import { isExternalId, isOpenExternalId, isTrialExternalId } from './external-id.ts';
import { fencesOf } from './fence.ts';
import { recorded } from './history.ts';
import type { Listed, Page } from './kelviq-list.ts';
import type { Environment } from './limits.ts';
import { newRow, ROW_STATES, type Row, type RowState } from './row.ts';
import { sharedTry } from './shared-try.ts';
import type { Store } from './store.ts';

/** The list may move while it is read: it is read again until it stood still and as many were seen as it counts. */
const MOST_PASSES = 3;
const ROWS_PER_LOOK = 500;
/** Takers of one row may cross; each crossing means that another one has it. */
const MOST_CROSSINGS = 3;

/**
 * What may be found:
 * `missing` at Kelviq, unknown to the store; `unresolved` known, but the store has not seen its
 * organization, has parked it, or looks for it no further; `in_hand` being worked on; `conflict` another
 * organization stands in the store; `trial` made by `doctor --upstream`; `unusable` no customer of the
 * proxy; `not_at_kelviq` in the store alone.
 */
export const FINDINGS = [
  'missing',
  'unresolved',
  'in_hand',
  'conflict',
  'trial',
  'unusable',
  'not_at_kelviq',
] as const;

/**
 * One difference. `done`: a running server takes it from here. `state`: of the row, null where there
 * is none. `stored`: the organization in the store, where it is another one.
 */
export type Finding = {
  finding: (typeof FINDINGS)[number];
  externalId: string | null;
  organizationIdentifier: string | null;
  state: RowState | null;
  stored: string | null;
  done: boolean;
};

/** The sum: how many Kelviq counts (null: it does not say), were compared, agree, and differ by kind. */
export type Reconciled = {
  listed: number | null;
  compared: number;
  agree: number;
  unreadable: number;
  findings: Record<Finding['finding'], number>;
  /** How many rows were made due. */
  enqueued: number;
  /** False when Kelviq's list showed fewer organizations than it counts. */
  complete: boolean;
};

/** What reconciling works with: `pages` are those of `environment`; `apply` false only looks. `reference` makes a requestId. */
export type ReconcileOptions = {
  pages: () => AsyncIterable<Page>;
  environment: Environment;
  store: Store;
  clock: Clock;
  apply: boolean;
  reference: () => string;
  tell: (finding: Finding) => void;
  progress?: (compared: number, of: number | null) => void;
};

/** Compares once. Rejects with `ListFailure`, or with what the store threw; what was done by then stays. */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { pages, environment, store, apply, reference, tell, progress } = options;
  const clock = sharedClock(store, options.clock);
  // The first row that is put there says whose all are; a list that cannot be read says nothing.
  const fences = sharedTry(async () => fencesOf(await store.open(environment)));
  const startedAt = clock.now();
  /** Organizations by identifier; a customer whose row holds another one, or none yet, by externalId. */
  const seen = new Set<string>();
  const explained = new Set<string>();
  const sum: Reconciled = {
    listed: null,
    compared: 0,
    agree: 0,
    unreadable: 0,
    findings: { missing: 0, unresolved: 0, in_hand: 0, conflict: 0, trial: 0, unusable: 0, not_at_kelviq: 0 },
    enqueued: 0,
    complete: false,
  };

  function found(finding: Finding | null): void {
    if (finding === null) {
      sum.agree++;
      return;
    }
    sum.findings[finding.finding]++;
    if (finding.done) sum.enqueued++;
    tell(finding);
  }

  async function compare(organization: Listed): Promise<Finding | null> {
    const { externalId, organizationIdentifier } = organization;
    const finding = { externalId, organizationIdentifier, state: null, stored: null, done: false };
    if (externalId !== null && isTrialExternalId(externalId)) return { ...finding, finding: 'trial' };
    if (externalId === null || !(isExternalId(externalId) || isOpenExternalId(externalId)))
      return { ...finding, finding: 'unusable' };
    for (let crossing = 0; crossing < MOST_CROSSINGS; crossing++) {
      const row = await store.find(externalId);
      if (row === null || row.state === 'refused') {
        if (row !== null && row.leaseUntil > clock.now()) break;
        const done = apply && (await enter(organization, externalId, row));
        if (done || !apply) return { ...finding, finding: 'missing', state: row?.state ?? null, done };
        continue;
      }
      const { state, organizationIdentifier: stored } = row;
      if (stored !== null && stored !== organizationIdentifier) {
        explained.add(externalId);
        return { ...finding, finding: 'conflict', state, stored };
      }
      // `deliveries forget` was told that it is gone, and it is there.
      const isLeft = state === 'attention' || (state === 'provisioned' && row.dueAt === null);
      if (stored !== null && !isLeft) return null;
      explained.add(externalId);
      if (row.leaseUntil > clock.now()) break;
      const done = apply && (await store.enqueue({ externalId }, clock.now())) > 0;
      if (done || !apply) return { ...finding, finding: 'unresolved', state, stored, done };
    }
    return { ...finding, finding: 'in_hand' };
  }

  /** Puts a row there that is due now; false when somebody else was first. */
  async function enter(organization: Listed, externalId: string, refused: Row | null): Promise<boolean> {
    const fence = (await fences.made())();
    const now = clock.now();
    const row = { ...entered(organization, externalId, reference(), now), fence };
    return (await store.begin(row, refused?.fence ?? null, [], now)).outcome === 'opened';
  }

  /** Reads the list once; true when it stood still. */
  async function pass(): Promise<boolean> {
    const counts = new Set<number | null>();
    let unreadable = 0;
    for await (const page of pages()) {
      const fresh = page.organizations.filter((one) => !seen.has(one.organizationIdentifier));
      for (const one of fresh) seen.add(one.organizationIdentifier);
      for (const finding of await Promise.all(fresh.map(compare))) found(finding);
      unreadable += page.unreadable;
      sum.unreadable = Math.max(sum.unreadable, unreadable);
      sum.listed = page.count;
      counts.add(page.count);
      sum.compared = seen.size;
      progress?.(seen.size, page.count);
    }
    sum.complete = sum.listed === null || seen.size + unreadable >= sum.listed;
    return sum.complete && counts.size <= 1;
  }

  /** Rows that Kelviq did not list, of those that were there before it was asked. */
  async function lookForOthers(): Promise<void> {
    const states = ROW_STATES.filter((state) => state !== 'refused');
    for (let after: string | undefined = ''; after !== undefined;) {
      const rows: Row[] = await store.list({ states, after, limit: ROWS_PER_LOOK });
      for (const { externalId, organizationIdentifier, state, createdAt, provisionedAt } of rows) {
        const known =
          explained.has(externalId) || (organizationIdentifier !== null && seen.has(organizationIdentifier));
        if (known || Math.max(createdAt, provisionedAt ?? 0) >= startedAt) continue;
        const stored = organizationIdentifier;
        found({ finding: 'not_at_kelviq', externalId, organizationIdentifier, state, stored, done: false });
      }
      after = rows.length < ROWS_PER_LOOK ? undefined : rows.at(-1)?.externalId;
    }
  }

  for (let passes = 0; passes < MOST_PASSES && !(await pass()); passes++);
  if (sum.complete) await lookForOthers();
  return sum;
}

/** The row of an organization that the store did not know. Whose e-mail owns it is not known. */
function entered(organization: Listed, externalId: string, requestId: string, now: number): Row {
  const { externalId: _, ...known } = organization;
  return {
    ...newRow(externalId, { email: null, businessName: null, emailHash: null, requestId }, now),
    ...known,
    state: 'provisioned',
    told: true,
    provisionedAt: now,
    dueAt: now,
    history: recorded('', { at: now, observation: 'reconciled', to: 'provisioned', requestId }),
  };
}
