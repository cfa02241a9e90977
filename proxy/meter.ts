/**
 * What the log says, counted: a `Log` that passes every line on and counts it whatever the level, so
 * that metrics and log cannot tell different stories. Labels are words of this product and statuses
 * of Kelviq; no id, address, origin or text of a visitor is one.
 */
import { PROBLEM_CODES } from './limits.ts';
import { logBefore, type Log, type LogFields } from './log.ts';
import { counter, histogram, type Metric } from './metrics.ts';
import { DELIVERY_OUTCOMES, SIGNUP_OUTCOMES } from './signup-terms.ts';

/** Name of every metric of this product begins so. */
export const PREFIX = 'kelviq_onboarding_';

const REQUEST_BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8];
const UPSTREAM_BOUNDS_S = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** A log that counts, and what it counted. */
export type Meter = { log: Log; metrics: readonly Metric[] };

const each = (words: readonly string[]) => words.map((word) => [word]);

/** Counts what goes to `log`. */
export function createMeter(log: Log): Meter {
  const steps = counter(
    `${PREFIX}signup_steps_total`,
    'Steps along the table of states, by the state before and after and what was seen.',
    ['from', 'to', 'observation'],
  );
  const signups = counter(
    `${PREFIX}signups_total`,
    'Signups that ended, by outcome: organization created, one adopted, refused by Kelviq, needs attention, nothing sent.',
    ['outcome'],
    each(SIGNUP_OUTCOMES),
  );
  const deliveries = counter(
    `${PREFIX}deliveries_total`,
    'Tries of a delivery, by outcome; undeliverable is a last one in vain.',
    ['outcome'],
    each(DELIVERY_OUTCOMES),
  );
  const deliveryTime = histogram(
    `${PREFIX}delivery_duration_seconds`,
    'How long the receiver took to answer.',
    UPSTREAM_BOUNDS_S,
  );
  const upstream = counter(
    `${PREFIX}upstream_requests_total`,
    'Requests to Kelviq, by operation and HTTP status; none: no answer.',
    ['operation', 'status'],
  );
  const upstreamTime = histogram(
    `${PREFIX}upstream_duration_seconds`,
    'How long Kelviq took to answer, by operation.',
    UPSTREAM_BOUNDS_S,
    ['operation'],
  );
  const requests = counter(`${PREFIX}requests_total`, 'Requests answered, by route and status.', [
    'route',
    'status',
  ]);
  const requestTime = histogram(
    `${PREFIX}request_duration_seconds`,
    'How long an answer took, by route.',
    REQUEST_BOUNDS_S,
    ['route'],
  );
  const refusals = counter(
    `${PREFIX}refusals_total`,
    'Requests refused, by the code of the problem.',
    ['code'],
    each(PROBLEM_CODES),
  );
  const limited = counter(
    `${PREFIX}rate_limited_total`,
    'New signups refused by a rate limit, by which one; budget: what all strangers share.',
    ['limit'],
    each(['address', 'customer', 'email', 'budget']),
  );
  const storeFailures = counter(
    `${PREFIX}store_failures_total`,
    'Operations of the store that failed, by what they were for.',
    ['during'],
    each(['request', 'work', 'lease', 'look']),
  );
  const stopped = counter(
    `${PREFIX}work_stopped_total`,
    'Rows that this process had to let go, because its lease was lost or over.',
    ['reason'],
    each(['lease_lost', 'lease_expired']),
  );

  function count(event: string, fields: LogFields): void {
    const { durationMs = 0, code = '', outcome } = fields;
    switch (event) {
      case 'signup_moved':
      case 'signup_seen':
        steps.add(fields.from ?? '', fields.to ?? '', fields.observation ?? '');
        if (outcome === undefined) return;
        if (SIGNUP_OUTCOMES.some((one) => one === outcome)) signups.add(outcome);
        else deliveries.add(outcome);
        return;
      case 'delivery_tried':
        return deliveryTime.observe(durationMs / 1000);
      case 'kelviq_asked': {
        const { operation = '', status } = fields;
        upstreamTime.observe(durationMs / 1000, operation);
        return upstream.add(operation, status === undefined ? 'none' : String(status));
      }
      case 'request': {
        const { route = '', status } = fields;
        requestTime.observe(durationMs / 1000, route);
        requests.add(route, String(status));
        if (code !== '') refusals.add(code);
        return;
      }
      case 'rate_limited':
        return limited.add(fields.limit ?? '');
      case 'store_unavailable':
        return storeFailures.add(fields.during ?? '');
      case 'work_failed':
        return storeFailures.add('work');
      case 'work_stopped':
        return stopped.add(code);
    }
  }

  return {
    log: logBefore(log, (level, event, fields = {}) => {
      count(event, fields);
      try {
        log(level, event, fields);
      } catch {
        // An app's own log may fail; a line lost is better than a signup ended halfway.
      }
    }),
    metrics: [
      steps,
      signups,
      deliveries,
      deliveryTime,
      upstream,
      upstreamTime,
      requests,
      requestTime,
      refusals,
      limited,
      storeFailures,
      stopped,
    ],
  };
}
