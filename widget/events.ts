/** One typed event per fact that a page may want to know; all of them bubble and cross shadow roots. */
import type { Organization } from '../proxy/contract.ts';
import type { ErrorCode } from './error-code.ts';
import type { State } from './journey.ts';

/** A failure as the customer sees it; `requestId` is the reference that opens it for support. */
export type OnboardingError = {
  code: ErrorCode;
  status: number | null;
  retryable: boolean;
  requestId: string | null;
};

/** What the customer sends; an empty business name is null. */
export type SubmitDetail = { email: string; businessName: string | null };

/** A class of events of one type: `bubbles` and `composed`, with a detail. */
const eventClass = <Detail>(type: string) =>
  class extends CustomEvent<Detail> {
    constructor(detail: Detail) {
      super(`kelviq-${type}`, { bubbles: true, composed: true, cancelable: type === 'submit', detail });
    }
  };

/** `kelviq-ready`: the form is usable and the session is known. */
export const KelviqReadyEvent = eventClass<null>('ready');
export type KelviqReadyEvent = InstanceType<typeof KelviqReadyEvent>;

/** `kelviq-submit`: valid input is about to be sent; once per customer action; cancelable. */
export const KelviqSubmitEvent = eventClass<SubmitDetail>('submit');
export type KelviqSubmitEvent = InstanceType<typeof KelviqSubmitEvent>;

/** `kelviq-success`: the organization is there; `created` is false when it was there before. */
export const KelviqSuccessEvent = eventClass<{ organization: Organization; created: boolean }>('success');
export type KelviqSuccessEvent = InstanceType<typeof KelviqSuccessEvent>;

/** `kelviq-delivered`: the partner's backend holds the secret key. */
export const KelviqDeliveredEvent = eventClass<{ organization: Organization }>('delivered');
export type KelviqDeliveredEvent = InstanceType<typeof KelviqDeliveredEvent>;

/** `kelviq-error`: the customer sees a failure; not sent for tries that are repeated by themselves. */
export const KelviqErrorEvent = eventClass<OnboardingError>('error');
export type KelviqErrorEvent = InstanceType<typeof KelviqErrorEvent>;

/** `kelviq-state-change`: `element.state` has a new value. */
export const KelviqStateChangeEvent = eventClass<{ state: State }>('state-change');
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
