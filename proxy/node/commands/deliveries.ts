/**
 * `kelviq-onboarding deliveries`: what stands in the store, and the way to send again. It works
 * beside a running server and sends nothing itself: it makes rows due, and the server takes them.
 */
import { parseArgs } from 'node:util';
import { sharedClock } from '../../clock.ts';
import { ROW_STATES, type Row, type RowState } from '../../row.ts';
import { FORGOTTEN } from '../../signup-terms.ts';
import type { Store } from '../../store.ts';
import { UsageError, type Command, type Terminal } from './command.ts';
import { factsOf, headings, historyFacts, listed, shown } from './deliveries-view.ts';
import { withStore } from './with-store.ts';

const PAGE = 500;
const UNDELIVERED = ['requested', 'provisioned', 'undeliverable', 'attention'] as const;

/** Lists, shows, retries and forgets; see its usage. */
export const deliveries: Command = {
  usage: `Usage: kelviq-onboarding deliveries list [--state <state>]… [--json]
       kelviq-onboarding deliveries show <externalId | requestId> [--json]
       kelviq-onboarding deliveries retry <externalId> | --all
       kelviq-onboarding deliveries forget <externalId>

Works on the store of DATABASE_URL, beside a running server.

  list    every signup, or those of the given states:
          ${ROW_STATES.join(', ')}
  show    one signup and its history, by your id of the customer or by a reference that a customer quotes
  retry   makes a delivery due now, a delivered one too; --all: every one not delivered yet, but none that
          forget was done with
  forget  erases the e-mail address and business name that an undelivered signup keeps, and is done with it where there
          is nothing to deliver: in attention, or with an organization that Kelviq has deleted

Nothing printed holds a key, an e-mail address or a name. Times are in UTC. show, retry and forget end with 1 when there is
no such signup.
`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        state: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
      },
    });
    const [action, subject, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('There is a word too many.');
    if (values.state !== undefined && action !== 'list') throw new UsageError('--state belongs to list.');
    if (values.all && action !== 'retry') throw new UsageError('--all belongs to retry.');
    if (values.json && action !== 'list' && action !== 'show')
      throw new UsageError('--json belongs to list and show.');
    // What is written wrongly is said before the database is opened.
    switch (action) {
      case 'list': {
        if (subject !== undefined) throw new UsageError('list takes no id; see show.');
        const states = statesOf(values.state);
        return withStore(terminal, (store) => list(store, states, values.json, terminal));
      }
      case 'show': {
        const id = needed(subject);
        return withStore(terminal, (store) => show(store, id, values.json, terminal));
      }
      case 'retry':
        if (values.all === (subject !== undefined)) throw new UsageError('Name one externalId, or --all.');
        return withStore(terminal, (store) => retry(store, subject, terminal));
      case 'forget': {
        const id = needed(subject);
        return withStore(terminal, (store) => forget(store, id, terminal));
      }
      default:
        throw new UsageError('Say what to do: list, show, retry or forget.');
    }
  },
};

function needed(subject: string | undefined): string {
  if (subject === undefined) throw new UsageError('The id is missing.');
  return subject;
}

function statesOf(names: readonly string[] = []): RowState[] {
  return names.map((name) => {
    const state = ROW_STATES.find((known) => known === name);
    if (!state) throw new UsageError(`--state takes ${ROW_STATES.join(', ')}.`);
    return state;
  });
}

async function list(
  store: Store,
  states: RowState[],
  json: boolean,
  { write, complain }: Terminal,
): Promise<number> {
  let count = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const rows: Row[] = await store.list({ states, after, limit: PAGE });
    if (count === 0 && rows.length > 0 && !json) write(headings());
    for (const row of rows) write(json ? `${JSON.stringify(factsOf(row))}\n` : listed(row));
    count += rows.length;
    after = rows.length < PAGE ? undefined : rows.at(-1)?.externalId;
  }
  complain(count === 0 ? 'There are none.\n' : `${count.toLocaleString('en')} listed.\n`);
  return 0;
}

async function show(
  store: Store,
  subject: string,
  json: boolean,
  { write, complain }: Terminal,
): Promise<number> {
  // A history has other words than references.
  const reference = subject.startsWith('req_') ? subject : null;
  const row = (await store.find(subject)) ?? (reference && (await store.findByRequest(reference)));
  if (!row) {
    complain('There is no signup with this id or reference.\n');
    return 1;
  }
  write(json ? `${JSON.stringify({ ...factsOf(row), history: historyFacts(row) })}\n` : shown(row));
  return 0;
}

async function retry(
  store: Store,
  externalId: string | undefined,
  { write, complain }: Terminal,
): Promise<number> {
  const which = externalId === undefined ? 'undelivered' : { externalId };
  const now = sharedClock(store).now();
  // Before any is made due: a running server has those in hand a moment later.
  const held = externalId === undefined ? await inHand(store, now) : 0;
  const count = await store.enqueue(which, now);
  if (count === 0 && externalId !== undefined) {
    complain('Nothing to send: there is no such signup, it was refused, or it is in hand right now.\n');
    return 1;
  }
  write(`${count.toLocaleString('en')} due now. A running server sends ${count === 1 ? 'it' : 'them'}.\n`);
  if (held > 0)
    complain(
      `${held.toLocaleString('en')} in hand right now. Should that fail, it is tried again by the schedule: run this once more in a minute.\n`,
    );
  return 0;
}

/** How many undelivered rows a server works on. */
async function inHand(store: Store, now: number): Promise<number> {
  let count = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const rows: Row[] = await store.list({ states: UNDELIVERED, after, limit: PAGE });
    count += rows.filter(({ leaseUntil }) => leaseUntil > now).length;
    after = rows.length < PAGE ? undefined : rows.at(-1)?.externalId;
  }
  return count;
}

async function forget(store: Store, externalId: string, { write, complain }: Terminal): Promise<number> {
  if (await store.forget(externalId)) {
    write('Forgotten: its e-mail address and business name are erased.\n');
    write(endOf(await store.find(externalId)));
    return 0;
  }
  const row = await store.find(externalId);
  complain(
    row
      ? 'Kept: this signup still needs its e-mail address. Try again once its outcome is known.\n'
      : 'There is no signup with this id.\n',
  );
  return 1;
}

/** What `forget` has ended, and the way back; nothing where the row goes on. */
function endOf(row: Row | null): string {
  const again = `kelviq-onboarding deliveries retry ${row?.externalId}\n`;
  if (row?.state === 'provisioned' && row.dueAt === null)
    return `Kelviq did not know its organization, so nothing is delivered any more. If it is there after all: ${again}`;
  if (row?.state !== 'attention') return '';
  if (row.failure !== FORGOTTEN)
    return 'A server is at work on it right now: run this once more in a minute.\n';
  if (row.organizationIdentifier !== null)
    return `Its organization is not delivered any more, and neither metrics nor doctor count it. To look once more: ${again}`;
  return `Neither metrics nor doctor count it any more. Should its customer come again, Kelviq is asked for their organization, and where it has none a new one is made. To look now: ${again}`;
}
