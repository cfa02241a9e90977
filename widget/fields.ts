/** The two fields of the form: their rules, the same as the proxy's, and the faults that belong to them. */
import type { FieldError } from '../proxy/contract.ts';
import { MOST } from '../proxy/limits.ts';
import { hasForbiddenCharacters } from '../proxy/text.ts';
import { english, type FieldFault } from './messages.ts';

/** Names of the fields, as in the body of the POST, in the order of the form. */
export const FIELDS = ['email', 'businessName'] as const;

/** One of `FIELDS`. */
export type FieldName = (typeof FIELDS)[number];

/** What stands in the fields. */
export type Values = Record<FieldName, string>;

/** What is wrong, per field. */
export type Faults = Partial<Record<FieldName, FieldFault>>;

/** Has a local part and a domain of two labels; what else can be wrong, the proxy knows. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/;

/** Faults that can be seen without asking anybody. Values count trimmed. */
export const findFaults = (values: Values): Faults => {
  const faults: Faults = {};
  for (const name of FIELDS) {
    const value = values[name].trim();
    if (Array.from(value).length > MOST[name]) faults[name] = `${name}_too_long`;
    else if (hasForbiddenCharacters(value)) faults[name] = `${name}_invalid`;
  }
  const email = values.email.trim();
  if (!email) faults.email = 'email_required';
  else if (!EMAIL.test(email)) faults.email = 'email_invalid';
  return faults;
};

/**
 * Faults that a refusal lays at the fields; others in `errors` have no field here. None where another
 * server has answered in the proxy's place: many have `errors` of a shape of their own.
 */
export function faultsOf(errors: readonly FieldError[] | undefined): Faults {
  const faults: Faults = {};
  try {
    for (const { pointer, code } of errors!) {
      const field = pointer.slice(1) as FieldName;
      const fault = `${field}_${code}` as FieldFault;
      if (FIELDS.includes(field))
        faults[field] ??= Object.hasOwn(english, fault) ? fault : `${field}_invalid`;
    }
  } catch {}
  return faults;
}
