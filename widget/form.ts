/** What stands in the form: typed, stated by the session or given by the page, and what is wrong with it. */
import { suggestEmail } from './email-hint.ts';
import { findFaults, type FieldName, type Faults, type Values } from './fields.ts';
import { ports } from './ports.ts';

/** The form's content. */
export type Form = {
  inputs: Values;
  faults: Faults;
  /** The address that was probably meant. */
  meant?: string | false | undefined;
  /** What a person has typed, in the fields that nobody else fills any more. */
  typed: Partial<Values>;
  /** Whether faults go and come as the person corrects. */
  isChecked?: boolean;
  /** The address that the last hint was about. */
  offered?: string;
};

/** Takes what a person typed. */
export function change(form: Form, name: FieldName, value: string): void {
  if (name === 'email') {
    form.meant = '';
    // What cannot be seen comes with a paste. What joins letters is part of some, and another address without.
    value = value.replace(/(?!\p{Join_C})\p{Cf}/gu, '');
  }
  form.typed[name] = form.inputs[name] = value;
  // What is wrong with the other field has not been corrected.
  delete form.faults[name];
  form.faults = { ...(form.isChecked && findFaults(form.inputs)), ...form.faults };
}

/** The first field that is known to be wrong. */
export const firstFaulty = (form: Form): string | undefined => Object.keys(form.faults)[0];

/** Finds faults; false when there are some. */
export function check(form: Form): boolean {
  form.isChecked = true;
  form.faults = findFaults(form.inputs);
  return !firstFaulty(form);
}

/**
 * Looks for the address that was meant; true when it is one that has not been offered yet. The offer counts
 * after `seenMs` milliseconds.
 */
export function suggest(form: Form, seenMs: number): boolean {
  const { email } = form.inputs;
  form.meant = suggestEmail(email.trim());
  void ports.clock.sleep(seenMs).then(() => (form.offered = email));
  return !!form.meant && email !== form.offered;
}
