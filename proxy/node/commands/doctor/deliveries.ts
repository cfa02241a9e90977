/** The doctor's look at signups and deliveries that do not get on: how many, why, and what to do. */
import { historyOf } from '../../../history.ts';
import type { Row } from '../../../row.ts';
import { MANY_READS } from '../../../schedule.ts';
import { KEY_REFUSED } from '../../../signup.ts';
import { ABSENT, KEYLESS } from '../../../signup-terms.ts';
import type { Store } from '../../../store.ts';
import type { Tell } from './report.ts';

const PAGE = 500;
/** Looked at, at most; after so many, more of them say nothing new. */
const MOST_ROWS = 10_000;

/**
 * Says how many signups Kelviq answered with something that cannot be used and how many deliveries wait
 * after at least one try in vain, for each code, and how many of these Kelviq itself stands in the way of.
 */
export async function checkDeliveries(store: Pick<Store, 'list'>, tell: Tell): Promise<void> {
  const counts = new Map<string, number>();
  const unusable = new Map<string, number>();
  let absent = 0;
  let keyless = 0;
  let looked = 0;
  let whole = false;
  for (let after = ''; !whole && looked < MOST_ROWS;) {
    const rows = await store.list({ states: ['requested', 'provisioned'], after, limit: PAGE });
    for (const row of rows) {
      // Whoever said `deliveries forget` waits for it no more.
      if (row.dueAt === null) continue;
      if (row.state === 'requested') {
        const code = unusableCodeOf(row);
        if (code !== null) increment(unusable, code);
      } else if (row.failure === ABSENT) absent++;
      else if (row.failure === KEYLESS && row.reads >= MANY_READS) keyless++;
      else if (row.deliveryAttempts > 0) increment(counts, codeOf(row));
    }
    looked += rows.length;
    whole = rows.length < PAGE;
    after = rows.at(-1)?.externalId ?? after;
  }
  const amount = (count: number) => `${whole ? '' : 'at least '}${count.toLocaleString('en')}`;
  if (absent > 0)
    tell(
      'warn',
      `${amount(absent)} ${absent === 1 ? 'delivery waits for an organization' : 'deliveries wait for organizations'} that Kelviq does not know (${ABSENT})`,
      'see that KELVIQ_PARTNER_KEY is of the partner whose customers these are, or ask Kelviq; then send at once: kelviq-onboarding deliveries retry --all; one that was deleted there: kelviq-onboarding deliveries forget <externalId>',
    );
  if (keyless > 0)
    tell(
      'warn',
      `${amount(keyless)} ${keyless === 1 ? 'delivery waits for keys' : 'deliveries wait for keys'} that Kelviq has not made in ten minutes (${KEYLESS})`,
      'ask Kelviq why; kelviq-onboarding deliveries list --state provisioned names them, and they are sent when the keys are there',
    );
  for (const [code, count] of mostFirst(unusable))
    tell(
      'warn',
      `${amount(count)} ${count === 1 ? 'signup waits' : 'signups wait'}, because Kelviq gave no usable answer (${code})`,
      `${signupFixOf(code)}; customers who come again are served then`,
    );
  for (const [code, count] of mostFirst(counts)) {
    tell(
      'warn',
      `${amount(count)} ${count === 1 ? 'delivery was' : 'deliveries were'} tried in vain and ${count === 1 ? 'waits' : 'wait'} for the next try (${code})`,
      `${fixOf(code)}; then send at once: kelviq-onboarding deliveries retry --all`,
    );
  }
}

function increment(counts: Map<string, number>, code: string): void {
  counts.set(code, (counts.get(code) ?? 0) + 1);
}

function mostFirst(counts: ReadonlyMap<string, number>): [code: string, count: number][] {
  return [...counts].toSorted(([, one], [, other]) => other - one);
}

/** What Kelviq may answer when it is to create, and how an attempt begins. */
const ANSWERS: ReadonlySet<string> = new Set(['opened', 'denied', 'unusable', 'unknown']);

/** Why the last attempt has no outcome; null where nothing but a crash is known to stand in its way. */
function unusableCodeOf(row: Row): string | null {
  const last = historyOf(row).findLast(({ observation }) => ANSWERS.has(observation));
  return last?.observation === 'denied' ? KEY_REFUSED : (last?.code ?? null);
}

/** What a person does about an answer of Kelviq. */
function signupFixOf(code: string): string {
  if (code === KEY_REFUSED)
    return 'see how the partner key stands below; where it is well, ask Kelviq whether the account is active and may create organizations';
  if (code === 'http_404') return 'leave KELVIQ_BASE_URL out, or let it end as Kelviq’s own does: /api/v1';
  if (/^http_3\d\d$/.test(code)) return 'write the final address in KELVIQ_BASE_URL';
  if (/^http_4\d\d$/.test(code)) return 'ask Kelviq what stands in the way of your partner account';
  return 'see whether Kelviq is in trouble, or what stands in between';
}

/** Why the last try failed; a row's own failure may be of a look at Kelviq since. */
function codeOf(row: Row): string {
  const last = historyOf(row).findLast(({ observation }) => observation === 'not_acknowledged');
  return last?.code ?? row.failure ?? 'unknown';
}

/** What a person does about a code of `DeliveryFailure`; a `deliver` of the partner's own has others. */
function fixOf(code: string): string {
  switch (code) {
    case 'connect_failed':
      return 'check that WEBHOOK_URL can be reached from here: doctor --receiver says what is in the way';
    case 'timed_out':
      return 'let the receiver answer 2xx within 15 s, as soon as it has stored the event';
    case 'connection_lost':
      return 'look at the receiver’s log, and at what stands in between';
    case 'internal_address':
      return 'if WEBHOOK_URL is your own receiver, set WEBHOOK_ALLOW_INTERNAL=true';
    case 'sealing_failed':
      return 'make WEBHOOK_ENCRYPTION_KEY anew';
    case 'http_401':
    case 'http_403':
    case 'http_419':
    case 'http_422':
      return 'let no sign-in and no CSRF check stand before the receiver, and give it the WEBHOOK_SECRET of the proxy: doctor --receiver tries it out';
    case 'http_400':
      return 'give the receiver the WEBHOOK_SECRET of the proxy, and let it verify the raw bytes of the body: doctor --receiver tries it out';
    case 'http_404':
    case 'http_405':
      return 'check the path of WEBHOOK_URL, and that the receiver is deployed';
    default:
      if (/^http_3\d\d$/.test(code)) return 'write the final address in WEBHOOK_URL: no redirect is followed';
      return 'look at the receiver’s log, and try doctor --receiver';
  }
}
