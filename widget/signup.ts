/**
 * One customer's signup as the element holds it: what was typed, what the proxy said, and the next
 * step of the journey. It asks the proxy until there is an outcome, and knows nothing of templates.
 */
import type { Challenge, Organization, SessionAnswer } from '../proxy/contract.ts';
import { solve } from './challenge.ts';
import * as client from './client.ts';
import { externalIdOf, idempotencyKey, readDraft, writeDraft, type Draft } from './draft.ts';
import { KelviqEvent, type OnboardingError, type SubmitDetail } from './events.ts';
import { FIELDS, faultsOf, type FieldName } from './fields.ts';
import { change, check, forget, isFaulty, prefill as fill, suggest } from './form.ts';
import { JOURNEY, type JourneyEvent } from './journey.ts';
import { ports } from './ports.ts';
import { blank, type Host, type Shown } from './shown.ts';

/** The model behind one element. */
export type Signup = ReturnType<typeof createSignup>;

/** How long it asks by itself, in milliseconds: for the session at load, for an outcome, for the delivery. */
const SESSION_MS = 15_000;
const OUTCOME_MS = 120_000;
const DELIVERY_MS = 300_000;
/** After this long a signup from before a reload is sent again, which is safe. */
const RESEND_MS = 10_000;
const SLOW_MS = 4_000;
/** A proof of work that takes longer is spoken of. */
const CHECK_MS = 500;
/** Who sends before the session is known waits this long for it: it says whether a proof is asked for. */
const HOLD_MS = 1_000;

/** Begins a signup; nothing is asked before `load`. */
export function createSignup(host: Host) {
  const inputs = { email: '', businessName: '' };
  const shown: Shown = { state: 'loading', inputs, edited: new Set(), ...blank() };
  const told = new Set<string>();
  let run: AbortController | undefined;
  /** The answer to what the run asked last, and what a customer sent while it asked for the session. */
  let answered: Promise<client.Answer> | undefined;
  let held: SubmitDetail | undefined;
  let isStopped = false;
  let token = '';
  /** Proof of work of the attempt at hand, solved. */
  let proof: string | undefined;
  /** Subject of the session token, '' in open sign-up, undefined before either is known. */
  let who: string | undefined;
  let endpoint = '';
  /** Endpoint and token sources as they were asked last. */
  let source: unknown[] = [];

  const isOpen = () => !client.TOKEN_SOURCES.some((name) => host[name]);
  const remember = (changes: Draft) => writeDraft(endpoint, changes);

  /** Tells the page, once per `fact`; false when it was told before. */
  const tell = (fact: string, event: Event) => told.size < told.add(fact).size && host.dispatchEvent(event);

  /** Moves along the table. What has no place in this state, or waits for the same as before, changes nothing. */
  function step(event: JourneyEvent): boolean {
    const taken = JOURNEY[shown.state][event];
    if (!taken || (shown.words && taken.words === shown.words)) return false;
    const before = shown.state;
    shown.state = taken.next ?? before;
    shown.words = taken.words;
    host.stepped(taken, shown.state !== before);
    return true;
  }

  /** Takes what the session states, and what the page gives. */
  const prefill = () => fill(shown, shown.session, host);

  /** Takes what a person typed. */
  function edit(name: FieldName, value: string): void {
    change(shown, name, value);
    if (who !== undefined) remember({ typed: inputs, who });
  }

  /** Offers the address that was probably meant; false when there is nothing new to offer. */
  const offerHint = () => !shown.session?.email && suggest(shown) && step('hinted');

  function clear(): void {
    shown.session = null;
    forget(shown);
    prefill();
  }

  /** Goes back to the start and reads the session anew; what was typed stays. */
  function restart(): void {
    Object.assign(shown, blank());
    step('restarted');
    load();
  }

  function fail(error: OnboardingError, reference: string, detail = ''): void {
    run?.abort();
    shown.error = error;
    shown.trace = reference;
    const isRefused = isFaulty(shown);
    // For the developer: the proxy's own words, which no customer sees, name what to do, or what does.
    if (!isRefused)
      console.warn('kelviq-onboarding:', error.code, detail || 'kelviq-onboarding.debug.js names the fix');
    step(isRefused ? 'refused' : 'failed');
    host.dispatchEvent(new KelviqEvent('error', error));
  }

  /** Finds the proxy's address, or says why there is none. */
  function locate(): boolean {
    endpoint = client.resolveEndpoint(host.endpoint);
    const code = !isSecureContext
      ? 'insecure_context'
      : !host.endpoint
        ? 'endpoint_missing'
        : !endpoint && 'endpoint_invalid';
    if (code) fail(client.ownError(code), code);
    return !code;
  }

  /** Brings back this customer's draft; another one's is wiped, and so is what the page still shows of it. */
  function meet(now: string): void {
    const before = who;
    if (now === before) return;
    who = now;
    const { who: owner, typed } = readDraft(endpoint);
    if (owner && owner !== now) remember({ typed: undefined, sent: undefined, who });
    else if (typed && !before)
      for (const name of FIELDS) if (typed[name] && !shown.edited.has(name)) edit(name, typed[name]);
    if (before) {
      clear();
      restart();
    }
  }

  /** Asks once. A token that has expired is renewed, and a proof that is refused is made anew, once each. */
  async function once(
    sent: SubmitDetail | null | undefined,
    signal: AbortSignal,
    renew = false,
    again = false,
  ): Promise<client.Answer> {
    let isStale = renew;
    const ask = (path: string, body?: object) =>
      client.ask(`${endpoint}/v1/${path}`, body, signal, async (stop) => {
        if (isOpen()) return { 'idempotency-key': idempotencyKey(endpoint) };
        if (isStale || !token) token = await client.obtainToken(host, isStale, stop);
        isStale = false;
        if (token && !signal.aborted) meet(client.subjectOf(token));
        return token ? { authorization: `Bearer ${token}` } : null;
      });
    let answer: client.Answer | undefined;
    if (sent && !proof && (again || shown.session?.challenge === 'required')) {
      answer = await ask('challenge');
      if (!answer.error) {
        void ports.clock.sleep(CHECK_MS, signal).then(() => signal.aborted || proof || step('checking'));
        proof = await solve(answer.body as Challenge, signal).catch(() => undefined);
      }
    }
    // 404: nothing has to be proved any more.
    if (!answer?.error || answer.status === 404)
      answer = await (sent ? ask('organizations', { ...sent, challenge: proof }) : ask('session'));
    const { code } = answer.error ?? {};
    if (code === 'challenge_failed') {
      proof = undefined;
      if (!again) return once(sent, signal, renew, true);
    }
    return !renew && code === 'session_expired' && (host.sessionUrl || host.fetchSessionToken)
      ? once(sent, signal, true, again)
      : answer;
  }

  /**
   * Ends the run under way, and asks until there is an outcome or the next try would come after the
   * budget: for the session, or what `toSend` gives after so many milliseconds. Backs off 1, 2, 4, 8 s,
   * or as the proxy or `paceMs` says.
   */
  async function pursue(
    budgetMs: number,
    toSend?: (elapsedMs: number) => SubmitDetail | null | undefined,
    isSettled?: (session: SessionAnswer) => boolean,
    paceMs?: (tries: number) => number,
  ): Promise<void> {
    run?.abort();
    run = new AbortController();
    held = undefined;
    const { signal } = run;
    const start = ports.clock.now();
    void ports.clock.sleep(SLOW_MS, signal).then(() => signal.aborted || step('slow'));
    let waitMs = paceMs?.(0) ?? 0;
    let requestId: string | null = null;
    let last: client.Answer | undefined;
    for (let tries = 1; ports.clock.now() - start + waitMs <= budgetMs; tries++) {
      if (last) step(last.error!.code === 'network_failed' ? 'offline' : 'busy');
      if (waitMs) await ports.clock.sleep(waitMs, signal);
      if (signal.aborted) return;
      answered = once(toSend?.(ports.clock.now() - start), signal);
      const answer = await answered;
      if (signal.aborted) return;
      const { error, body, status } = answer;
      last = undefined;
      if (body.environment) shown.session ??= body as SessionAnswer;
      if (held) return;
      if (error) {
        last = answer;
        requestId = error.requestId ??= requestId;
        if (!error.retryable) break;
      } else if (body.organizationIdentifier) return succeed(body as Organization, status === 201);
      else if (body.environment && (isSettled?.(body as SessionAnswer) ?? true))
        return arrive(body as SessionAnswer);
      waitMs = answer.waitMs || (paceMs?.(tries) ?? Math.min(500 * 2 ** tries, 8000));
    }
    if (shown.organization) {
      shown.isUnfollowed = true;
      return void step('unfollowed');
    }
    const { error = client.ownError('timed_out', true, requestId), body, waitMs: longer } = last ?? {};
    const key = readDraft(endpoint).sent && isOpen() && (await externalIdOf(idempotencyKey(endpoint)));
    if (signal.aborted) return;
    // A refused token says nothing about what was sent before.
    if (error.status! > 401 && !error.retryable) remember({ sent: undefined });
    shown.waitMs = longer;
    shown.faults = faultsOf(body?.errors ?? []);
    fail(error, error.requestId || key || error.code, body?.detail);
  }

  /** Goes where the session leads. */
  function arrive(session: SessionAnswer): void {
    shown.session = session;
    prefill();
    if (session.organization) return succeed(session.organization, false);
    if (session.pending) {
      const { sent } = readDraft(endpoint);
      step('session_pending');
      return void pursue(
        OUTCOME_MS,
        (elapsedMs) => (elapsedMs < RESEND_MS ? null : sent),
        (now) => !now.pending,
      );
    }
    remember({ sent: undefined });
    // An organization that the page still shows is somebody else's.
    if (shown.organization) restart();
    else if (step('session_ready')) host.dispatchEvent(new KelviqEvent('ready', null));
  }

  function succeed(organization: Organization, created: boolean): void {
    if (created) shown.mailedTo = readDraft(endpoint).sent?.email;
    remember({ typed: undefined, sent: undefined });
    shown.error = null;
    shown.organization = organization;
    step(created ? 'created' : 'resumed');
    tell(organization.externalId, new KelviqEvent('success', { organization, created }));
    if (isOver(organization) && shown.session) run!.abort();
    else
      void pursue(
        DELIVERY_MS,
        undefined,
        (session) => !session.organization || isOver(session.organization),
        (tries) => Math.min(2000 * 1.5 ** tries, 30_000),
      );
  }

  /** Takes what is new of the organization; true when nothing is left to wait for. */
  function isOver(organization: Organization): boolean {
    const { clientKey, delivery, externalId } = organization;
    const isNew = !shown.organization?.clientKey && clientKey;
    const isDelivered = delivery === 'delivered';
    shown.organization = organization;
    if (isNew) step('key_arrived');
    if (isDelivered && tell(`${externalId} delivered`, new KelviqEvent('delivered', { organization })))
      step('delivered');
    return isDelivered && !!clientKey;
  }

  /** Reads the session, and goes where it leads. */
  function load(): void {
    isStopped = false;
    if (!locate()) return;
    if (isOpen()) meet('');
    void pursue(SESSION_MS);
  }

  /** Checks and sends what stands in the fields; does nothing while something is under way. */
  function send(): void {
    if (!JOURNEY[shown.state].submitted) return;
    if (!check(shown)) return void step('invalid');
    if (offerHint()) return;
    const sent = { email: inputs.email.trim(), businessName: inputs.businessName.trim() || null };
    if (!host.dispatchEvent(new KelviqEvent('submit', sent)) || !locate()) return;
    shown.error = null;
    proof = undefined;
    remember({ sent });
    step('submitted');
    held = sent;
    void Promise.race([answered, ports.clock.sleep(HOLD_MS)]).then(() => {
      if (held === sent) void pursue(OUTCOME_MS, () => sent);
    });
  }

  return {
    shown,
    isOpen,
    prefill,
    edit,
    offerHint,
    send,
    step,
    load,

    /** Ends whatever is under way; nothing is lost. */
    stop(): void {
      isStopped = true;
      held = undefined;
      run?.abort();
    },

    /** Picks up what `stop` has ended. */
    resume(): void {
      if (isStopped) load();
    },

    /** Another endpoint or token source: starts again, or asks in the background where nothing is at odds. */
    followSource(): void {
      const now = ['endpoint' as const, ...client.TOKEN_SOURCES].map((name) => host[name]);
      if (now.every((value, index) => value === source[index])) return;
      const isMoved = source.length && now[0] !== source[0];
      source = now;
      token = '';
      if (isMoved || shown.state === 'failed') restart();
      // In a task of its own, so that nobody waits longer for the form.
      else if (!run) void ports.clock.sleep(0).then(() => isStopped || run || load());
      else if (shown.state !== 'submitting') load();
    },

    /** "Try again": sends again what was sent, or reads the session. */
    retry: () => {
      if (readDraft(endpoint).sent) send();
      else restart();
    },

    /** Forgets what was typed, and the key too unless its outcome is unknown; then starts again. */
    reset: () => {
      const { key, sent } = readDraft(endpoint);
      remember({ typed: undefined, key: sent && key });
      clear();
      restart();
    },
  };
}
