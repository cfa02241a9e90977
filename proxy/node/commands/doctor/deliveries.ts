/** The doctor's look at deliveries that do not arrive: how many, why, and what to do. */
import { historyOf } from '../../../history.ts';
import type { Row } from '../../../row.ts';
import { MANY_READS } from '../../../schedule.ts';
import { ABSENT, KEYLESS } from '../../../signup-terms.ts';
import type { Store } from '../../../store.ts';
import type { Tell } from './report.ts';

const PAGE = 500;
/** Looked at, at most; after so many, more of them say nothing new. */
const MOST_ROWS = 10_000;

/**
 * Says how many deliveries wait after at least one try in vain, for each code, and how many Kelviq
 * itself stands in the way of.
 */
export async function checkDeliveries(store: Pick<Store, 'list'>, tell: Tell): Promise<void> {
  const counts = new Map<string, number>();
  let absent = 0;
  let keyless = 0;
  let looked = 0;
  let whole = false;
  for (let after = ''; !whole && looked < MOST_ROWS;) {
    const rows = await store.list({ states: ['provisioned'], after, limit: PAGE });
    for (const row of rows) {
      // Whoever said `deliveries forget` waits for it no more.
      if (row.dueAt === null) continue;
      if (row.failure === ABSENT) absent++;
      else if (row.failure === KEYLESS && row.reads >= MANY_READS) keyless++;
      else if (row.deliveryAttempts > 0) {
        const code = codeOf(row);
        counts.set(code, (counts.get(code) ?? 0) + 1);
      }
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
  for (const [code, count] of [...counts].toSorted(([, one], [, other]) => other - one)) {
    tell(
      'warn',
      `${amount(count)} ${count === 1 ? 'delivery was' : 'deliveries were'} tried in vain and ${count === 1 ? 'waits' : 'wait'} for the next try (${code})`,
      `${fixOf(code)}; then send at once: kelviq-onboarding deliveries retry --all`,
    );
  }
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
      return 'give the receiver the WEBHOOK_SECRET of the proxy: doctor --receiver tries it out';
    case 'http_404':
    case 'http_405':
      return 'check the path of WEBHOOK_URL, and that the receiver is deployed';
    default:
      if (/^http_3\d\d$/.test(code)) return 'write the final address in WEBHOOK_URL: no redirect is followed';
      return 'look at the receiver’s log, and try doctor --receiver';
  }
}
