/** One typed event per fact that a page may want to know; all of them bubble and cross shadow roots. */
import type { Organization } from '../proxy/contract.ts';
import type { ErrorCode } from './error-code.ts';
import type { State } from './journey.ts';

/** A failure as the customer sees it; `requestId` is the reference that opens it for support. */
export type OnboardingError = {
  code: ErrorCode;
  /** Of the answer; null where there was none. */
  status: number | null;
  /** Whether the same again may succeed. */
  retryable: boolean;
  requestId: string | null;
};

/** What the customer sends; an empty business name is null. */
export type SubmitDetail = { email: string; businessName: string | null };

/** What each event carries, by its name after `kelviq-`. */
type Details = {
  ready: null;
  submit: SubmitDetail;
  success: { organization: Organization; created: boolean };
  delivered: { organization: Organization };
  error: OnboardingError;
  'state-change': { state: State };
};

/** Any of the events. The element makes them of this class alone: the drop-in has no use for the others. */
export class KelviqEvent<Name extends keyof Details> extends CustomEvent<Details[Name]> {
  constructor(name: Name, detail: Details[Name]) {
    super(`kelviq-${name}`, { bubbles: true, composed: true, cancelable: name === 'submit', detail });
  }
}

/** The class of one event; what the element sends is an instance of it, by its type. */
type EventClass<Name extends keyof Details> = new (detail: Details[Name]) => KelviqEvent<Name>;

const eventClass = <Name extends keyof Details>(name: Name): EventClass<Name> =>
  class extends KelviqEvent<Name> {
    constructor(detail: Details[Name]) {
      super(name, detail);
    }

    static override [Symbol.hasInstance](event: unknown): boolean {
      return event instanceof KelviqEvent && event.type === `kelviq-${name}`;
    }
  };

/** `kelviq-ready`: the form is usable and the session is known. */
export const KelviqReadyEvent = eventClass('ready');
export type KelviqReadyEvent = InstanceType<typeof KelviqReadyEvent>;

/** `kelviq-submit`: valid input is about to be sent; once per customer action; cancelable. */
export const KelviqSubmitEvent = eventClass('submit');
export type KelviqSubmitEvent = InstanceType<typeof KelviqSubmitEvent>;

/** `kelviq-success`: the organization is there; `created` is false when it was there before. */
export const KelviqSuccessEvent = eventClass('success');
export type KelviqSuccessEvent = InstanceType<typeof KelviqSuccessEvent>;

/** `kelviq-delivered`: the partner's backend holds the secret key. */
export const KelviqDeliveredEvent = eventClass('delivered');
export type KelviqDeliveredEvent = InstanceType<typeof KelviqDeliveredEvent>;

/** `kelviq-error`: the customer sees a failure; not sent for tries that are repeated by themselves. */
export const KelviqErrorEvent = eventClass('error');
export type KelviqErrorEvent = InstanceType<typeof KelviqErrorEvent>;

/** `kelviq-state-change`: `element.state` has a new value. */
export const KelviqStateChangeEvent = eventClass('state-change');
export type KelviqStateChangeEvent = InstanceType<typeof KelviqStateChangeEvent>;

declare global {
  interface GlobalEventHandlersEventMap {
    'kelviq-ready': KelviqReadyEvent;
    'kelviq-submit': KelviqSubmitEvent;
    'kelviq-success': KelviqSuccessEvent;
    'kelviq-delivered': KelviqDeliveredEvent;
    'kelviq-error': KelviqErrorEvent;
    'kelviq-state-change': KelviqStateChangeEvent;
  }
}
