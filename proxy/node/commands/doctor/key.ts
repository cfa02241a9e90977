/** The doctor's look at Kelviq: one cheap question shows whether the partner key is taken. */
import type { Clock } from '../../../clock.ts';
import { HttpFailure } from '../../../http.ts';
import type { Ask } from '../../../kelviq.ts';
import { parsePage, type Trouble } from '../../../kelviq-list.ts';
import type { Tell } from './report.ts';
import { kelviqTrouble, type Upstream } from '../kelviq-trouble.ts';

/** Webhook timestamps and session tokens are wrong by as much as the clock is. */
const MOST_SKEW_MS = 60_000;

/** Says whether Kelviq takes the partner key, and whether its clock and this one agree. */
export async function checkKey(
  { ask, upstream, clock }: { ask: Ask; upstream: Upstream; clock: Clock },
  tell: Tell,
): Promise<void> {
  const { host } = new URL(upstream.baseUrl);
  const askedAt = clock.now();
  const answer = await ask({ method: 'GET', path: '?page=1&page_size=1' });
  const answeredAt = clock.now();
  const fail = (why: Trouble) => {
    const { what, fix } = kelviqTrouble(why, upstream);
    tell('fail', what, fix);
  };
  if (answer instanceof HttpFailure) return fail({ trouble: 'no_answer', code: answer.code });
  const { status, headers, body } = answer;
  const page = status === 200 ? parsePage(body) : null;
  if (page) {
    const { count } = page;
    const many = count === null ? '' : `; it lists ${count.toLocaleString('en')} of your organizations`;
    tell('ok', `${host} takes it, in ${answeredAt - askedAt} ms${many}`);
  } else fail(status === 200 ? { trouble: 'broken_answer' } : { trouble: 'status', status, waitMs: null });

  const theirs = Date.parse(headers['date'] ?? '');
  // The header counts whole seconds.
  const skewMs = Math.max(askedAt - theirs - 1000, theirs - answeredAt, 0);
  if (skewMs > MOST_SKEW_MS)
    tell(
      'warn',
      `this machine's clock and that of ${host} are ${Math.round(skewMs / 1000)} s apart`,
      'set the clock (NTP); receivers refuse signatures that are 5 minutes off, and session tokens expire early',
    );
}
