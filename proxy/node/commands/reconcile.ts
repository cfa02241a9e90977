/**
 * `kelviq-onboarding reconcile`: Kelviq's list against the store. It only looks unless it is told
 * `--yes`, and even then sends nothing: it makes rows due, and a running server delivers.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Clock } from '../../clock.ts';
import { KELVIQ_BASE_URLS, createAsk } from '../../kelviq.ts';
import { ListFailure, listPages } from '../../kelviq-list.ts';
import { reconcile as compare, type Finding, type Reconciled } from '../../reconcile.ts';
import type { Store } from '../../store.ts';
import { createTripwire, type Tripwire } from '../../tripwire.ts';
import { readVariable } from '../config.ts';
import { createNodeSend } from '../http.ts';
import type { Command, Terminal } from './command.ts';
import { kelviqTrouble, type Upstream } from './kelviq-trouble.ts';
import { withStore } from './with-store.ts';

/** Progress is told this often, in organizations. */
const PROGRESS_EVERY = 1000;

/** Its timers keep the process alive, because nothing else does while Kelviq asks to wait. */
const clock: Clock = { now: () => Date.now(), sleep: (ms) => wait(ms) };

/** Compares; with `--yes` lets a running server deliver what was missing. */
export const reconcile: Command = {
  usage: `Usage: kelviq-onboarding reconcile [--yes] [--json]

Compares Kelviq's list of your organizations with the store of DATABASE_URL, beside a running server.
After the loss of the database it brings every delivery back, under the same webhook-id. Without --yes
it changes nothing and says what it would do.

  --yes   does it: makes what is missing or unresolved due now. A running server reads each from
          Kelviq again and delivers its serverKey. Nothing is deleted and nothing in hand is touched
  --json  one object for each difference, then one with the sum

  missing        Kelviq has it, the store does not: delivered after --yes. An organization that you
                 created without this proxy looks the same
  unresolved     the store waits for its organization, or it was forgotten undelivered, and Kelviq has it:
                 resolved after --yes
  in_hand        a server is at work on it right now
  conflict       the store holds another organization for this customer: for you to look at
  trial          doctor --upstream made it to try Kelviq out: left alone
  unusable       Kelviq names no externalId, or one that this proxy does not take: left alone
  not_at_kelviq  the store has it, Kelviq does not list it: left alone; usual while it is requested

Needs KELVIQ_PARTNER_KEY, KELVIQ_ENV and DATABASE_URL as the server has them. Nothing printed holds a key.
Ends with 0 when nothing is left to do, 1 when it failed, 3 when something is left: a dry run found work,
there is a conflict, or Kelviq's list could not be seen or read whole.
`,
  run: async (args, terminal) => {
    const { values } = parseArgs({
      args,
      options: { yes: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    });
    const { env, complain } = terminal;
    const key = readVariable(env, 'KELVIQ_PARTNER_KEY');
    const environment = readVariable(env, 'KELVIQ_ENV');
    const base = readVariable(env, 'KELVIQ_BASE_URL');
    if (!key.ok || !environment.ok || !base.ok) {
      for (const reading of [key, environment, base]) if (!reading.ok) complain(`${reading.mistake}\n`);
      return 1;
    }
    const baseUrl = base.value ?? KELVIQ_BASE_URLS[environment.value];
    const { send, close } = createNodeSend();
    const ask = createAsk({ partnerKey: key.value, baseUrl, send });
    const secrets = createTripwire();
    secrets.add([key.value]);
    const upstream = { environment: environment.value, baseUrl };
    try {
      return await run({ ask, secrets, upstream, ...values }, terminal);
    } finally {
      await close();
    }
  },
};

type Asked = {
  ask: ReturnType<typeof createAsk>;
  secrets: Tripwire;
  upstream: Upstream;
  yes: boolean;
  json: boolean;
};

async function run({ ask, secrets, upstream, yes, json }: Asked, terminal: Terminal): Promise<number> {
  const { write, complain } = terminal;
  const pages = () =>
    listPages({
      ask,
      clock,
      secrets,
      waiting: (why, ms) =>
        complain(`${kelviqTrouble(why, upstream).what}: again in ${Math.ceil(ms / 1000)} s\n`),
    });
  let told = 0;
  const progress = (compared: number, of: number | null) => {
    if (compared < told + PROGRESS_EVERY) return;
    told = compared;
    complain(`compared ${amount(compared)}${of === null ? '' : ` of ${amount(of)}`}\n`);
  };
  const tell = (finding: Finding) => write(json ? `${JSON.stringify(finding)}\n` : `${wordsOf(finding)}\n`);
  const comparing = async (store: Store) => {
    try {
      const sum = await compare({
        pages,
        environment: upstream.environment,
        store,
        clock,
        apply: yes,
        reference,
        tell,
        progress,
      });
      write(json ? `${JSON.stringify({ summary: sum })}\n` : sumUp(sum, yes));
      return codeOf(sum, yes);
    } catch (error) {
      const isList = error instanceof ListFailure;
      if (isList) complain(`${sentence(kelviqTrouble(error.why, upstream))}\n`);
      if (yes) complain('What was made due until then stays so; run it again for the rest.\n');
      // What is wrong with a database, and what to do about it, is said alike of every command.
      if (!isList) throw error;
      return 1;
    }
  };
  return withStore(terminal, comparing, {
    environment: upstream.environment,
    missing: yes ? 'make' : 'look',
  });
}

/** One for each row, as a request has one, so that the log tells rows apart. */
function reference(): string {
  return `req_${randomBytes(16).toString('hex')}`;
}

function sentence({ what, fix }: { what: string; fix: string }): string {
  return `Kelviq's list cannot be read: ${what}.\n→ ${fix}.`;
}

function codeOf({ findings, complete, unreadable }: Reconciled, yes: boolean): number {
  const left =
    findings.conflict > 0 ||
    !complete ||
    unreadable > 0 ||
    (!yes && findings.missing + findings.unresolved > 0);
  return left ? 3 : 0;
}

function wordsOf({ finding, externalId, organizationIdentifier, stored, state, done }: Finding): string {
  // An id that breaks the rules may hold what moves a terminal's cursor.
  const id = finding === 'unusable' ? JSON.stringify(externalId) : (externalId ?? '–');
  const subject = `${finding.padEnd(14)} ${id}`;
  switch (finding) {
    case 'missing':
    case 'unresolved':
      return `${subject}  ${organizationIdentifier}  ${done ? 'due now' : 'would be due'}`;
    case 'in_hand':
      return `${subject}  ${organizationIdentifier}  a server is at work on it`;
    case 'conflict':
      return `${subject}  Kelviq has ${organizationIdentifier}, the store ${stored} (${state})`;
    case 'trial':
      return `${subject}  ${organizationIdentifier}  made by doctor --upstream: left alone`;
    case 'unusable':
      return `${subject}  ${organizationIdentifier}  ${externalId === null ? 'no externalId' : 'not an externalId of this proxy'}`;
    case 'not_at_kelviq':
      return `${subject}  ${stored ?? '–'}  ${state}`;
  }
}

function sumUp(sum: Reconciled, yes: boolean): string {
  const { findings, enqueued, compared, agree, unreadable, listed, complete } = sum;
  const kinds = Object.entries(findings).flatMap(([name, count]) =>
    count > 0 ? `${amount(count)} ${name}` : [],
  );
  const todo = findings.missing + findings.unresolved;
  const lines = [
    `Compared ${amount(compared)}: ${[`${amount(agree)} agree`, ...kinds].join(', ')}.`,
    unreadable > 0 &&
      `${amount(unreadable)} of Kelviq's list cannot be read: each may be of a customer whose serverKey was not delivered.`,
    !complete && `Kelviq counts ${amount(listed ?? 0)}, but its list moved while it was read. Run it again.`,
    yes
      ? `${amount(enqueued)} due now. A running server delivers ${enqueued === 1 ? 'it' : 'them'}.`
      : todo > 0
        ? `This was a dry run and changed nothing. With --yes these ${amount(todo)} are made due.`
        : 'This was a dry run; there is nothing to do.',
  ];
  return lines.flatMap((line) => (line ? `${line}\n` : [])).join('');
}

function amount(count: number): string {
  return count.toLocaleString('en');
}
