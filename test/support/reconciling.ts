/** Reconciling in a test's world, by its sandbox, its clock and its file. */
import assert from './assert.ts';
import { createAsk } from '../../proxy/kelviq.ts';
import { listPages, type Page } from '../../proxy/kelviq-list.ts';
import { reconcile, type Finding, type Reconciled } from '../../proxy/reconcile.ts';
import type { Row } from '../../proxy/row.ts';
import { Secret } from '../../proxy/secret.ts';
import type { Store } from '../../proxy/store.ts';
import { signupRow } from './signup-row.ts';
import { post } from './sandbox.ts';
import type { Proxy, World } from './world.ts';

/** What a run found: each difference, the sum, and each wait for Kelviq in milliseconds. */
export type Compared = { sum: Reconciled; findings: Finding[]; waits: number[] };

/** How a test changes a run: what happens after a page, and what stands before the store. */
export type Twist = { apply?: boolean; afterPage?: (page: Page) => unknown; wrap?: (store: Store) => Store };

/** Runs once on a connection of its own, as the command does. */
export async function reconciled(
  { sandbox, clock, send, storeOn }: World,
  { apply = false, afterPage = () => undefined, wrap = (store) => store }: Twist = {},
): Promise<Compared> {
  const store = storeOn();
  const ask = createAsk({ partnerKey: new Secret(sandbox.partnerKey), baseUrl: sandbox.url, send });
  const findings: Finding[] = [];
  const waits: number[] = [];
  async function* pages(): AsyncGenerator<Page> {
    for await (const page of listPages({ ask, clock, waiting: (_, ms) => void waits.push(ms) })) {
      yield page;
      await afterPage(page);
    }
  }
  // The disk is waited for by no clock.
  await store.open();
  try {
    let references = 0;
    const reference = () => `req_${++references}`;
    const tell = (finding: Finding) => void findings.push(finding);
    const running = reconcile({
      pages,
      environment: 'sandbox',
      store: wrap(store),
      clock,
      apply,
      reference,
      tell,
    });
    const sum = await clock.run(running);
    return { sum, findings, waits };
  } finally {
    await store.close();
  }
}

/** An address that no other customer has. */
export const emailOf = (customer: string) => `${customer.replace(/\W/g, '-')}@example.com`;

/** c1, c2, … */
export const customers = (count: number) => Array.from({ length: count }, (_, index) => `c${index + 1}`);

/** Creates organizations at Kelviq that no store knows. */
export async function createAtKelviq({ sandbox, clock }: World, ids: readonly string[]): Promise<void> {
  for (const externalId of ids) {
    const { status } = await clock.hold(post(sandbox, { externalId, email: emailOf(externalId) }));
    assert.equal(status, 201);
  }
}

/** Puts a row there as an earlier time left it: free, and older than this run. */
export async function put({ store }: Proxy, externalId: string, members: Partial<Row>): Promise<void> {
  const row = signupRow(externalId, { fence: 7, createdAt: 1, ...members });
  assert.equal((await store.begin(row, null, [], 0)).outcome, 'opened');
}

/** Every row as it stands. */
export const rowsIn = ({ store }: Proxy) => store.list({ limit: 1000 });
