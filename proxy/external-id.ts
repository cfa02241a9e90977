/**
 * The partner's id of a customer, as it appears in a path of Kelviq's API: the characters are those
 * that need no escaping there and cannot climb out of it.
 */
const EXTERNAL_ID = /^(?!ks_)[A-Za-z0-9][A-Za-z0-9._~:@+=|-]{0,127}$/;

/** The rule in words, for whoever broke it. */
export const EXTERNAL_ID_RULE =
  '1 to 128 of A-Z a-z 0-9 . _ ~ : @ + = | -, beginning with a letter or digit and not with "ks_"';

/** Whether a partner may use `value` as an externalId. Ids beginning with `ks_` are the proxy's own. */
export function isExternalId(value: unknown): value is string {
  return typeof value === 'string' && EXTERNAL_ID.test(value);
}

/** Whether `value` is an id that the proxy gave a customer of open sign-up (see keys.ts). */
export function isOpenExternalId(value: string): boolean {
  return /^ks_[A-Za-z0-9_-]{22}$/.test(value);
}

/** The id under which `doctor --upstream` tries Kelviq out; `mark` is 16 hexadecimal digits. */
export function trialExternalId(mark: string): string {
  return `ks_doctor-${mark}`;
}

/** Whether `value` is an id that a doctor made for its trial, the rival's included; no customer can have one. */
export function isTrialExternalId(value: string): boolean {
  return /^ks_doctor-[\da-f]{16}(?:-3)?$/.test(value);
}
