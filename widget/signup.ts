/**
 * One customer's signup as the element holds it: what was typed, what the proxy said, and the next
 * step of the journey. It drives the client and knows nothing of templates.
 */
import type { Organization, SessionAnswer } from '../proxy/contract.ts';
import { resolveEndpoint, run, type Access, type Errand, type Outcome } from './client.ts';
import { externalIdOf, idempotencyKey, readDraft, writeDraft, type Draft } from './draft.ts';
import { Entry } from './entry.ts';
import {
  KelviqDeliveredEvent,
  KelviqErrorEvent,
  KelviqReadyEvent,
  KelviqSubmitEvent,
  KelviqSuccessEvent,
  type ErrorCode,
  type OnboardingError,
} from './events.ts';
import { faultsOf, type FieldName, type Values } from './fields.ts';
import { JOURNEY, type JourneyEvent, type State, type Step } from './journey.ts';
import type { Words } from './messages.ts';
import { ports } from './ports.ts';
import { hasTokenSource, obtainToken, subjectOf, type TokenSources } from './session-token.ts';

/** What the signup needs of the element. */
export type Host = TokenSources &
  Values & {
    endpoint: string;
    /** A step was taken: render, move the focus, announce. */
    stepped(step: Step, changed: boolean): void;
    dispatchEvent(event: Event): boolean;
  };

/** How long it asks by itself, in milliseconds: for the session at load, for an outcome, for the delivery. */
const SESSION_MS = 15_000;
const OUTCOME_MS = 120_000;
const DELIVERY_MS = 300_000;
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
  reference = '';
  /** How long the proxy asked to wait, in milliseconds. */
  waitMs = 0;
  /** Where the set-password mail went; known only to the page that created the organization. */
  mailedTo = '';
  isUnfollowed = false;
  readonly entry = new Entry();
  isStopped = false;

  readonly #host: Host;
  readonly #told = new Set<string>();
  #run = new AbortController();
  #token = '';
  /** Subject of the session token, '' in open sign-up, null before either is known. */
  #who: string | null = null;
  #endpoint = '';

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether the customer is known by nothing but a key of the widget's own. */
  get isOpen(): boolean {
    return !hasTokenSource(this.#host);
  }

  /** Ends whatever is under way; nothing is lost, the next `load` picks it up. */
  stop(): void {
    this.isStopped = true;
    this.#run.abort();
  }

  /** Another endpoint or token source: starts again, or asks in the background where nothing is at odds. */
  sourceChanged(): void {
    const isMoved = this.#endpoint && resolveEndpoint(this.#host.endpoint) !== this.#endpoint;
    this.#token = '';
    if (isMoved || this.state === 'failed') this.restart();
    else if (this.state !== 'submitting') void this.load();
  }

  /** Reads the session, and goes where it leads. */
  async load(): Promise<void> {
    this.isStopped = false;
    if (!this.#locate()) return;
    if (this.isOpen) this.#meet('');
    await this.#pursue({ budgetMs: SESSION_MS });
  }

  /** Goes back to the start and reads the session anew; what was typed stays. */
  restart(): void {
    this.organization = this.error = this.session = null;
    this.mailedTo = '';
    this.isUnfollowed = false;
    this.entry.faults = {};
    this.step('restarted');
    void this.load();
  }

  /** "Try again": sends again what was sent, or reads the session. */
  retry(): void {
    if (this.#draft.sent) void this.submit();
    else this.restart();
  }

  /** Forgets what was typed, and the key too unless its outcome is unknown; then starts again. */
  reset(): void {
    const { key, sent } = this.#draft;
    this.#remember({ typed: undefined, key: sent && key });
    this.#clear();
    this.restart();
  }

  /** Takes what the session states and the page gives. */
  prefill(): void {
    this.entry.prefill(this.session, this.#host);
  }

  /** Takes what a person typed. */
  edit(name: FieldName, value: string): void {
    this.entry.edit(name, value);
    if (this.#who !== null) this.#remember({ typed: this.entry.values, who: this.#who });
  }

  /** Offers the address that was probably meant; false when there is nothing new to offer. */
  offerHint(): boolean {
    const isNew = !this.session?.email && this.entry.suggest();
    if (isNew) this.step('hinted');
    return isNew;
  }

  /** Checks and sends what stands in the fields; does nothing while something is under way. */
  async submit(): Promise<void> {
    if (!JOURNEY[this.state].submitted) return;
    const { values } = this.entry;
    if (!this.entry.check()) return void this.step('invalid');
    if (this.offerHint()) return;
    const sent = { email: values.email.trim(), businessName: values.businessName.trim() || null };
    if (!this.#host.dispatchEvent(new KelviqSubmitEvent(sent)) || !this.#locate()) return;
    this.error = null;
    this.#remember({ sent });
    this.step('submitted');
    await this.#pursue({ ask: () => sent, budgetMs: OUTCOME_MS });
  }

  /** Moves along the table; an event that has no place in this state changes nothing. */
  step(event: JourneyEvent): boolean {
    const step = JOURNEY[this.state][event];
    if (!step) return false;
    const changed = step.next !== this.state;
    this.state = step.next;
    this.words = step.words;
    this.#host.stepped(step, changed);
    return true;
  }

  get #draft(): Draft {
    return readDraft(this.#endpoint);
  }

  #remember(changes: Draft): void {
    writeDraft(this.#endpoint, changes);
  }

  /** Finds the proxy's address, or says why there is none. */
  #locate(): boolean {
    const { endpoint } = this.#host;
    const url = resolveEndpoint(endpoint);
    let code: ErrorCode | undefined;
    if (!isSecureContext) code = 'insecure_context';
    else if (!url) code = endpoint ? 'endpoint_invalid' : 'endpoint_missing';
    else this.#endpoint = url;
    if (code) this.#fail({ code, status: null, retryable: false, requestId: null }, code);
    return !code;
  }

  async #identify(renew: boolean, signal: AbortSignal): Promise<Record<string, string>> {
    if (this.isOpen) return { 'idempotency-key': idempotencyKey(this.#endpoint) };
    if (renew || !this.#token) this.#token = await obtainToken(this.#host, renew, signal);
    if (!signal.aborted) this.#meet(subjectOf(this.#token));
    return { authorization: `Bearer ${this.#token}` };
  }

  /** Brings back this customer's draft; another one's is wiped, and so is what the page still shows of it. */
  #meet(who: string): void {
    const before = this.#who;
    if (who === before) return;
    this.#who = who;
    const { who: owner, typed } = this.#draft;
    if (owner && owner !== who) this.#remember({ typed: undefined, sent: undefined, who });
    else if (typed && !before) this.entry.restore(typed);
    if (before) {
      this.#clear();
      this.restart();
    }
  }

  #clear(): void {
    this.session = null;
    this.entry.forget();
    this.prefill();
  }

  /** Ends the run under way, and does the errand, telling the customer how it goes. */
  async #pursue(errand: Omit<Errand, 'signal'>): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    const access: Access = { endpoint: this.#endpoint, identify: (...args) => this.#identify(...args) };
    void ports.clock.sleep(SLOW_MS, signal).then(() => signal.aborted || this.step('slow'));
    const onWait = (code: ErrorCode) => this.step(code === 'network_failed' ? 'offline' : 'busy');
    const outcome = await run(access, { onWait, ...errand, signal });
    if (!signal.aborted) await this.#settle(outcome, signal);
  }

  async #settle(outcome: Outcome, signal: AbortSignal): Promise<void> {
    const { sent } = this.#draft;
    if (outcome.kind === 'organization') return this.#succeed(outcome.organization, outcome.created);
    if (outcome.kind === 'session') {
      const { session } = outcome;
      this.session = session;
      this.prefill();
      if (session.organization) return this.#succeed(session.organization, false);
      if (session.pending) {
        this.step('session_pending');
        const ask = (ms: number) => (ms < RESEND_MS ? null : sent);
        return this.#pursue({ ask, isSettled: (now) => !now.pending, budgetMs: OUTCOME_MS });
      }
      this.#remember({ sent: undefined });
      // An organization that the page still shows is somebody else's.
      if (this.organization) return this.restart();
      if (this.step('session_ready')) this.#host.dispatchEvent(new KelviqReadyEvent());
      return;
    }
    if (this.organization) {
      this.isUnfollowed = true;
      return void this.step('unfollowed');
    }
    const { error } = outcome;
    const key = sent && this.isOpen && (await externalIdOf(idempotencyKey(this.#endpoint)));
    if (signal.aborted) return;
    if (!error.retryable && error.status) this.#remember({ sent: undefined });
    this.waitMs = outcome.waitMs ?? 0;
    this.entry.faults = faultsOf(outcome.errors);
    this.#fail(error, error.requestId || key || error.code);
  }

  #fail(error: OnboardingError, reference: string): void {
    this.#run.abort();
    this.error = error;
    this.reference = reference;
    if (error.code === 'origin_not_allowed')
      console.warn(`kelviq-onboarding: add ${location.origin} to ALLOWED_ORIGINS of ${this.#endpoint}`);
    this.step(this.entry.isFaulty ? 'refused' : 'failed');
    this.#host.dispatchEvent(new KelviqErrorEvent(error));
  }

  #succeed(organization: Organization, created: boolean): void {
    const { sent } = this.#draft;
    const { externalId } = organization;
    this.error = null;
    if (created) this.mailedTo = sent?.email ?? '';
    this.#remember({ typed: undefined, sent: undefined });
    this.organization = organization;
    this.step(created ? 'created' : 'resumed');
    if (!this.#told.has(externalId)) {
      this.#told.add(externalId);
      this.#host.dispatchEvent(new KelviqSuccessEvent({ organization, created }));
    }
    if (this.#isOver(organization) && this.session) this.#run.abort();
    else
      void this.#pursue({
        isSettled: (session) => !session.organization || this.#isOver(session.organization),
        paceMs: (tries) => Math.min(2000 * 1.5 ** tries, 30_000),
        budgetMs: DELIVERY_MS,
      });
  }

  /** Takes what is new of the organization; true when nothing is left to wait for. */
  #isOver(organization: Organization): boolean {
    const { clientKey, delivery, externalId } = organization;
    const isNew = !this.organization?.clientKey && clientKey;
    const isDelivered = delivery === 'delivered';
    this.organization = organization;
    if (isNew) this.step('key_arrived');
    if (isDelivered && !this.#told.has(`${externalId} delivered`)) {
      this.#told.add(`${externalId} delivered`);
      this.step('delivered');
      this.#host.dispatchEvent(new KelviqDeliveredEvent(organization));
    }
    return isDelivered && !!clientKey;
  }
}
