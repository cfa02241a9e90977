/** What stands in the form: typed, stated by the session or given by the page, and what is wrong with it. */
import { suggestEmail } from './email-hint.ts';
import { FIELDS, findFaults, type FieldName, type Faults, type Values } from './fields.ts';

/** The form's content. */
export class Entry {
  readonly values: Values = { email: '', businessName: '' };
  faults: Faults = {};
  /** The address that was probably meant. */
  hint: string | null = null;

  readonly #edited = new Set<FieldName>();
  #isChecked = false;
  #offered = '';

  /** Whether something is known to be wrong. */
  get isFaulty(): boolean {
    return Object.keys(this.faults).length > 0;
  }

  /** Takes what a person typed; after a first check, faults go and come as it is corrected. */
  edit(name: FieldName, value: string): void {
    this.#edited.add(name);
    this.values[name] = value;
    if (name === 'email') this.hint = null;
    if (this.#isChecked) this.faults = findFaults(this.values);
    else delete this.faults[name];
  }

  /** Takes what is stated, and what is given for the other fields that nobody has edited. */
  prefill(stated: { [Name in FieldName]: string | null } | null, given: Values): void {
    for (const name of FIELDS)
      if (stated?.[name] || !this.#edited.has(name)) this.values[name] = stated?.[name] || given[name];
  }

  /** Brings typed values back into fields that nobody has edited since. */
  restore(typed: Values): void {
    for (const name of FIELDS) if (typed[name] && !this.#edited.has(name)) this.edit(name, typed[name]);
  }

  /** Finds faults; false when there are some. */
  check(): boolean {
    this.#isChecked = true;
    this.faults = findFaults(this.values);
    return !this.isFaulty;
  }

  /** Looks for the address that was meant; true when it is one that has not been offered yet. */
  suggest(): boolean {
    const { email } = this.values;
    this.hint = suggestEmail(email.trim());
    const isNew = !!this.hint && email !== this.#offered;
    this.#offered = email;
    return isNew;
  }

  /** Forgets that anybody has edited, or that it was checked. */
  forget(): void {
    this.#edited.clear();
    this.#isChecked = false;
    this.faults = {};
  }
}
