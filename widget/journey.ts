/**
 * The customer's way through the signup as one pure table: in a state, an event leads to a next
 * state and says which words stand there, where the focus goes and what is announced.
 * The element renders from it; an event that a state does not list changes nothing.
 */
import type { Words } from './messages.ts';

/** Where the customer stands; `element.state` and the custom states `:state(…)`. */
export const STATES = ['loading', 'ready', 'submitting', 'success', 'failed'] as const;

/** One of `STATES`. */
export type State = (typeof STATES)[number];

/** Everything that can happen. */
export const JOURNEY_EVENTS = [
  /** The session is read, and nobody has signed up yet. */
  'session_ready',
  /** A signup from before a reload is still in hand. */
  'session_pending',
  /** The customer's input cannot be right. */
  'invalid',
  /** The address looks mistyped; the customer may go on. */
  'hinted',
  'submitted',
  /** The proof of work takes a moment. */
  'checking',
  /** Four seconds have passed without an outcome. */
  'slow',
  /** No answer; it is asked again by itself. */
  'offline',
  /** The proxy asked for patience; it is asked again by itself. */
  'busy',
  'created',
  /** The organization was there before. */
  'resumed',
  /** The answer lays a fault at a field. */
  'refused',
  'failed',
  'key_arrived',
  'delivered',
  /** Delivery is no longer followed; the proxy goes on with it. */
  'unfollowed',
  'copied',
  'not_copied',
  /** Everything is read anew: another endpoint or customer, a reset, or "Try again". */
  'restarted',
] as const;

/** One of `JOURNEY_EVENTS`. */
export type JourneyEvent = (typeof JOURNEY_EVENTS)[number];

/** `invalid`: the first wrong field, and what is wrong there is said; `start`: the first field, or the heading after success, only when the focus is inside. */
export type FocusTarget = 'invalid' | 'start';

/**
 * What follows: without a `next` the state stays. `words` replace the status line (none: it is emptied);
 * `say` goes to the live region.
 */
export type Step = { next?: State; words?: Words; focus?: FocusTarget; say?: Words };

const toStart: Step = { next: 'loading' };
const welcomed: Step = { next: 'success', say: 'welcomeBack' };
const failed: Step = { next: 'failed', say: 'failure' };
const submitted: Step = { next: 'submitting', say: 'submitting' };
const waiting = (words: Words): Step => ({ words, say: words });
const said = (say: Words): Step => ({ say });
const asking: Partial<Record<JourneyEvent, Step>> = {
  invalid: { focus: 'invalid' },
  hinted: said('hint'),
  session_pending: submitted,
  submitted,
  resumed: welcomed,
  failed,
  restarted: toStart,
};

/** state × event → step. */
export const JOURNEY: Record<State, Partial<Record<JourneyEvent, Step>>> = {
  loading: { ...asking, session_ready: { next: 'ready' } },
  ready: asking,
  submitting: {
    checking: waiting('checking'),
    slow: waiting('slow'),
    offline: waiting('offline'),
    busy: waiting('busy'),
    session_ready: { ...waiting('tryAgain'), next: 'ready' },
    created: { next: 'success', focus: 'start', say: 'created' },
    resumed: { ...welcomed, focus: 'start' },
    refused: { next: 'ready', focus: 'invalid' },
    failed,
    restarted: toStart,
  },
  success: {
    key_arrived: said('useKey'),
    delivered: said('delivered'),
    unfollowed: said('undelivered'),
    copied: said('copied'),
    not_copied: said('copyYourself'),
    restarted: { ...toStart, focus: 'start' },
  },
  failed: asking,
};
