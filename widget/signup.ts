/**
 * One customer's signup as the element holds it: what was typed, what the proxy said, and the next
 * step of the journey. It drives the client and knows nothing of templates.
 */
import type { Organization, SessionAnswer } from '../proxy/contract.ts';
import { ask, follow, ports, resolveEndpoint, type Access, type Answer } from './client.ts';
import { externalIdOf, idempotencyKey, readDraft, writeDraft } from './draft.ts';
import { suggestEmail } from './email-hint.ts';
import {
  KelviqDeliveredEvent,
  KelviqErrorEvent,
  KelviqReadyEvent,
  KelviqSubmitEvent,
  KelviqSuccessEvent,
  type ErrorCode,
  type OnboardingError,
  type SubmitDetail,
} from './events.ts';
import { FIELDS, faultsOf, findFaults, type FieldName, type Faults, type Values } from './fields.ts';
import { JOURNEY, type JourneyEvent, type State, type Step } from './journey.ts';
import type { Words } from './messages.ts';
import { hasTokenSource, obtainToken, subjectOf, type TokenSources } from './session-token.ts';

/** What the signup needs of the element. */
export type Host = TokenSources &
  Values & {
    endpoint: string;
    /** A step was taken: render, move the focus, announce. */
    stepped(step: Step, changed: boolean): void;
    dispatchEvent(event: Event): boolean;
  };

/** How long it asks by itself, in milliseconds: for the session at load, and for an outcome. */
const SESSION_MS = 15_000;
const OUTCOME_MS = 120_000;
/** After this long a signup from before a reload is sent again, which is safe. */
const RESEND_MS = 10_000;
const SLOW_MS = 4_000;

/** The model behind one element. Everything public is for rendering. */
export class Signup {
  state: State = 'loading';
  words: Words | undefined;
  session: SessionAnswer | null = null;
  organization: Organization | null = null;
  error: OnboardingError | null = null;
  /** What support can find this failure by. */
  reference: string | null = null;
  /** How long the proxy asked to wait, in milliseconds. */
  waitMs: number | null = null;
  /** Where the set-password mail went; known only to the page that created the organization. */
  mailedTo: string | null = null;
  unfollowed = false;
  values: Values = { email: '', businessName: '' };
  faults: Faults = {};
  /** The address that was probably meant. */
  hint: string | null = null;

  readonly #host: Host;
  readonly #edited = new Set<FieldName>();
  readonly #told = new Set<string>();
  #run = new AbortController();
  #checked = false;
  #hinted = '';
  #token = '';
  /** Subject of the session token, '' in open sign-up, null before either is known. */
  #who: string | null = null;
  #endpoint = '';
  #stopped = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether the customer is known by nothing but a key of the widget's own. */
  get isOpen(): boolean {
    return !hasTokenSource(this.#host);
  }

  /** Whether it was not stopped. */
  get isRunning(): boolean {
    return !this.#stopped;
  }

  /** Ends whatever is under way; nothing is lost, the next `load` picks it up. */
  stop(): void {
    this.#stopped = true;
    this.#run.abort();
  }

  /** Another endpoint or token source: reads the session anew, in the background where the customer is busy. */
  async sourceChanged(): Promise<void> {
    this.#token = '';
    if (this.state === 'submitting' && !this.#isMoved()) return;
    if (this.state === 'failed' || this.#isMoved()) await this.restart();
    else await this.load();
  }

  /** "Try again": sends again what was sent, or reads the session. */
  async retry(): Promise<void> {
    if (readDraft(this.#endpoint).sent) await this.submit();
    else await this.restart();
  }

  /** Reads the session, and goes where it leads. */
  async load(): Promise<void> {
    const signal = this.#begin();
    this.#stopped = false;
    if (this.#isMisplaced()) return;
    if (this.isOpen) this.#meet('');
    const errand = { ask: () => null, untilSettled: false, budgetMs: SESSION_MS, signal, onWait() {} };
    await this.#settle(await ask(this.#access, errand), signal);
  }

  /** Goes back to the start and reads the session anew; what was typed stays. */
  restart(): Promise<void> {
    this.organization = this.error = this.mailedTo = null;
    this.unfollowed = false;
    this.faults = {};
    this.step('restarted');
    return this.load();
  }

  /** Forgets what was typed, and the key too unless its outcome is unknown; then starts again. */
  reset(): void {
    const { sent } = readDraft(this.#endpoint);
    writeDraft(this.#endpoint, sent ? { typed: undefined } : { typed: undefined, key: undefined });
    this.#clear();
    void this.restart();
  }

  /** Takes initial values for the fields that nobody has edited. */
  prefill(): void {
    for (const name of FIELDS)
      if (!this.#edited.has(name)) this.values[name] = this.session?.[name] ?? this.#host[name] ?? '';
  }

  /** Takes what a person typed. */
  edit(name: FieldName, value: string): void {
    this.#edited.add(name);
    this.values = { ...this.values, [name]: value };
    if (this.#checked) this.faults = findFaults(this.values);
    else delete this.faults[name];
    if (name === 'email') this.hint = null;
    if (this.#who !== null) writeDraft(this.#endpoint, { typed: this.values, who: this.#who });
  }

  /** Offers the address that was probably meant; false when there is nothing new to offer. */
  offerHint(): boolean {
    const { email } = this.values;
    this.hint = this.session?.email ? null : suggestEmail(email.trim());
    if (!this.hint || email === this.#hinted) return false;
    this.#hinted = email;
    this.step('hinted');
    return true;
  }

  /** Checks and sends what stands in the fields; does nothing while something is under way. */
  async submit(): Promise<void> {
    if (!JOURNEY[this.state].submitted) return;
    this.#checked = true;
    this.faults = findFaults(this.values);
    if (Object.keys(this.faults).length) return this.step('invalid');
    if (this.offerHint()) return;
    const detail = { email: this.values.email.trim(), businessName: this.values.businessName.trim() || null };
    if (!this.#host.dispatchEvent(new KelviqSubmitEvent(detail)) || this.#isMisplaced()) return;
    const signal = this.#begin();
    this.#checked = false;
    this.error = null;
    this.step('submitted');
    writeDraft(this.#endpoint, { sent: detail });
    await this.#pursue(signal, false, () => detail);
  }

  /** Moves along the table; an event that has no place in this state changes nothing. */
  step(event: JourneyEvent): void {
    const step = JOURNEY[this.state][event];
    if (!step) return;
    const changed = step.next !== this.state;
    this.state = step.next;
    this.words = step.words;
    this.#host.stepped(step, changed);
  }

  get #access(): Access {
    return { endpoint: this.#endpoint, identify: (renew, signal) => this.#identify(renew, signal) };
  }

  #begin(): AbortSignal {
    this.#run.abort();
    this.#run = new AbortController();
    return this.#run.signal;
  }

  /** Whether the element now points to another proxy than the one in use. */
  #isMoved(): boolean {
    return !!this.#endpoint && resolveEndpoint(this.#host.endpoint) !== this.#endpoint;
  }

  /** Finds the proxy's address, or says why there is none. */
  #isMisplaced(): boolean {
    const endpoint = resolveEndpoint(this.#host.endpoint);
    let code: ErrorCode | null = null;
    if (!isSecureContext) code = 'insecure_context';
    else if (!endpoint) code = this.#host.endpoint ? 'endpoint_invalid' : 'endpoint_missing';
    else this.#endpoint = endpoint;
    if (code) this.#fail({ code, status: null, retryable: false, requestId: null });
    return !!code;
  }

  async #identify(renew: boolean, signal: AbortSignal): Promise<Record<string, string>> {
    if (this.isOpen) return { 'idempotency-key': idempotencyKey(this.#endpoint) };
    if (renew || !this.#token) this.#token = await obtainToken(this.#host, renew, signal);
    if (!signal.aborted) this.#meet(subjectOf(this.#token));
    return { authorization: `Bearer ${this.#token}` };
  }

  /** Brings back this customer's draft; another one's is wiped, and so is what the page still shows of it. */
  #meet(who: string): void {
    if (who === this.#who) return;
    const another = this.#who;
    const draft = readDraft(this.#endpoint);
    this.#who = who;
    if (draft.who && draft.who !== who) writeDraft(this.#endpoint, { typed: undefined, sent: undefined, who });
    else if (!another && draft.typed) {
      for (const name of FIELDS)
        if (!this.#edited.has(name) && draft.typed[name]) {
          this.#edited.add(name);
          this.values = { ...this.values, [name]: draft.typed[name] };
        }
    }
    if (another) {
      this.#clear();
      void this.restart();
    }
  }

  #clear(): void {
    this.session = null;
    this.#edited.clear();
    this.#checked = false;
    this.prefill();
  }

  /** Asks for an outcome, telling the customer how it goes. */
  async #pursue(signal: AbortSignal, untilSettled: boolean, what: (ms: number) => SubmitDetail | null): Promise<void> {
    void ports.clock.sleep(SLOW_MS, signal).then(() => signal.aborted || this.step('slow'));
    const onWait = (code: ErrorCode | null) => {
      if (code) this.step(code === 'network_failed' ? 'offline' : 'busy');
    };
    await this.#settle(await ask(this.#access, { ask: what, untilSettled, budgetMs: OUTCOME_MS, signal, onWait }), signal);
  }

  async #settle(answer: Exclude<Answer, { kind: 'pending' }>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (answer.kind === 'failure') {
      const { error, errors } = answer;
      this.waitMs = answer.waitMs;
      const { sent } = readDraft(this.#endpoint);
      if (!error.retryable && error.status) writeDraft(this.#endpoint, { sent: undefined });
      this.faults = faultsOf(errors);
      const key = sent && this.isOpen ? await externalIdOf(idempotencyKey(this.#endpoint)) : null;
      if (!signal.aborted) this.#fail(error, error.requestId ?? key);
    } else if (answer.kind === 'organization') {
      this.#succeed(answer.organization, answer.created);
    } else {
      const { session } = answer;
      this.session = session;
      for (const name of FIELDS) if (session[name]) this.values = { ...this.values, [name]: session[name] };
      if (session.organization) return this.#succeed(session.organization, false);
      if (session.pending) {
        const { sent } = readDraft(this.#endpoint);
        this.step('session_pending');
        return this.#pursue(this.#begin(), true, (ms) => (ms < RESEND_MS ? null : (sent ?? null)));
      }
      writeDraft(this.#endpoint, { sent: undefined });
      this.step('session_ready');
      this.#host.dispatchEvent(new KelviqReadyEvent());
    }
  }

  #fail(error: OnboardingError, reference: string | null = null): void {
    this.#begin();
    this.error = error;
    this.reference = reference;
    if (error.code === 'origin_not_allowed')
      console.warn(`kelviq-onboarding: add ${location.origin} to ALLOWED_ORIGINS of ${this.#endpoint}`);
    this.step(Object.keys(this.faults).length ? 'refused' : 'failed');
    this.#host.dispatchEvent(new KelviqErrorEvent(error));
  }

  #succeed(organization: Organization, created: boolean): void {
    const signal = this.#begin();
    const { sent } = readDraft(this.#endpoint);
    this.organization = organization;
    this.error = null;
    this.mailedTo = created && sent ? sent.email : null;
    writeDraft(this.#endpoint, { typed: undefined, sent: undefined });
    this.step(created ? 'created' : 'resumed');
    if (!this.#told.has(organization.externalId)) {
      this.#told.add(organization.externalId);
      this.#host.dispatchEvent(new KelviqSuccessEvent({ organization, created }));
    }
    if (!this.#isDelivered(organization) || !this.session) void this.#watch(signal);
  }

  /** Follows the delivery and a client key that is not there yet. */
  async #watch(signal: AbortSignal): Promise<void> {
    const done = await follow(this.#access, signal, (session) => {
      this.session = session;
      const { organization } = session;
      if (!organization) return true;
      const arrived = !this.organization?.clientKey && organization.clientKey;
      this.organization = organization;
      if (arrived) this.step('key_arrived');
      return this.#isDelivered(organization);
    });
    if (done) return;
    this.unfollowed = true;
    this.step('unfollowed');
  }

  /** Whether nothing is left to wait for; tells of the delivery once. */
  #isDelivered(organization: Organization): boolean {
    const name = `delivered ${organization.externalId}`;
    if (organization.delivery === 'delivered' && !this.#told.has(name)) {
      this.#told.add(name);
      this.step('delivered');
      this.#host.dispatchEvent(new KelviqDeliveredEvent(organization));
    }
    return organization.delivery === 'delivered' && !!organization.clientKey;
  }
}
