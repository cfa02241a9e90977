/**
 * One customer's signup as the element holds it: what was typed, what the proxy said, and the next
 * step of the journey. It knows what each outcome means, and nothing of requests or templates.
 */
import type { Organization, SessionAnswer } from '../proxy/contract.ts';
import { createAsker, OUTCOME_MS, type Failure } from './asking.ts';
import * as client from './client.ts';
import { readDraft, writeDraft, type Draft } from './draft.ts';
import { KelviqEvent, type OnboardingError } from './events.ts';
import { faultsOf, FIELDS, type FieldName } from './fields.ts';
import { change, check, firstFaulty, suggest } from './form.ts';
import { JOURNEY, type JourneyEvent } from './journey.ts';
import { ports } from './ports.ts';
import { blank, type Host, type Shown } from './shown.ts';

/** The model behind one element. */
export type Signup = ReturnType<typeof createSignup>;

/** How long it asks by itself, in milliseconds: for the session at load, for the delivery. */
const SESSION_MS = 15_000;
const DELIVERY_MS = 300_000;
/** After this long a signup from before a reload is sent again, which is safe. */
const RESEND_MS = 10_000;
/** It takes so long to see an offer. */
const SEEN_MS = 1000;

/** Begins a signup; nothing is asked before `load`. */
export function createSignup(host: Host) {
  const inputs = { email: '', businessName: '' };
  const shown: Shown = { state: 'loading', inputs, typed: {}, ...blank() };
  const told = new Set<string>();
  /** Whether `stop` has ended it; undefined before anything is asked. */
  let isStopped: boolean | undefined;
  /** Subject of the session token, '' in open sign-up, undefined before either is known. */
  let who: string | undefined;
  let endpoint = '';
  /** Endpoint and token sources as they were asked last. */
  let source: unknown[] = [];
  /** The same, as it was when somebody was last known to be there. */
  let known = source;
  /** Whether a token source has changed since the session was asked for. */
  let isBehind: boolean | undefined;

  const asker = createAsker(host, shown, meet, step, arrive, succeed, giveUp);
  const remember = (changes: Draft) => writeDraft(endpoint, changes);

  /** Tells the page once per customer; false when it was told before. */
  const tell = (event: KelviqEvent<'success' | 'delivered'>) =>
    told.size < told.add(event.type + event.detail.organization.externalId).size && host.dispatchEvent(event);

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

  /** Takes what a person typed. */
  function edit(name: FieldName, value: string): void {
    change(shown, name, value);
    if (who !== undefined) remember({ typed: shown.typed, who });
  }

  /**
   * Offers the address that was probably meant; false when there is nothing new to offer. At a change it has
   * to be seen first: Enter, or the mouse on the button, changes the field and sends in one go.
   */
  const offerHint = (changed?: Event, before = shown.meant) =>
    !shown.session?.email &&
    suggest(shown, changed ? SEEN_MS : 0) &&
    (shown.meant === before || step('hinted'));

  /** Goes back to the start and reads the session anew; what was typed stays. */
  function restart(): void {
    Object.assign(shown, blank());
    step('restarted');
    load();
  }

  /** Forgets what was typed, and that it was checked; then starts again. */
  function forget(): void {
    shown.typed = {};
    shown.isChecked = false;
    shown.meant = '';
    restart();
  }

  function fail(error: OnboardingError, key?: string | false, detail?: string): void {
    asker.stop();
    shown.error = error;
    shown.trace = error.requestId || key || error.code;
    const isRefused = firstFaulty(shown);
    // For the developer: the proxy's own words, which no customer sees, name what to do, or what does.
    if (!isRefused)
      console.warn('kelviq-onboarding:', error.code, detail || 'see kelviq-onboarding.debug.js');
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
    if (code) fail(client.ownError(code));
    return !code;
  }

  /** Brings back this customer's draft; another one's is wiped, and so is what the page still shows of it. */
  function meet(now: string): void {
    const before = who;
    known = source;
    if (now === before) return;
    who = now;
    if ((readDraft(endpoint).who || now) !== now) remember({ typed: undefined, sent: undefined, who });
    if (before || shown.organization) return forget();
    // With what was typed already, before anybody knew by whom.
    shown.typed = { ...readDraft(endpoint).typed, ...shown.typed };
    remember({ typed: shown.typed, who });
    host.requestUpdate();
  }

  /** Shows why there is no outcome. */
  function giveUp({ error, body, waitMs }: Failure, key?: string | false): void {
    if (shown.organization) {
      // It may be somebody else's.
      if (known !== source) return restart();
      shown.isUnfollowed = true;
      return void step('unfollowed');
    }
    // A refused token says nothing about what was sent before.
    if (error.status! > 401 && !error.retryable) remember({ sent: undefined });
    shown.waitMs = waitMs;
    shown.faults = faultsOf(body.errors);
    fail(error, key, body.detail);
  }

  /** Goes where the session leads. */
  function arrive(session: SessionAnswer): void {
    shown.session = session;
    if (session.organization) return succeed(session.organization, false);
    if (session.pending) {
      const { sent } = readDraft(endpoint);
      shown.error = null;
      step('session_pending');
      return void asker.pursue(
        endpoint,
        OUTCOME_MS,
        (elapsedMs) => elapsedMs >= RESEND_MS && sent,
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
    tell(new KelviqEvent('success', { organization, created }));
    // Unless a listener has called `reset()`.
    if (shown.organization && (!isOver(organization) || !shown.session))
      void asker.pursue(
        endpoint,
        DELIVERY_MS,
        undefined,
        (session) => !session.organization || isOver(session.organization),
        (tries) => Math.min(2000 * 1.5 ** tries, 30_000),
      );
  }

  /** Takes what is new of the organization; true when nothing is left to wait for, false after a `reset()`. */
  function isOver(organization: Organization): unknown {
    const { clientKey, delivery } = organization;
    const before = shown.organization!;
    const isDelivered = delivery === 'delivered';
    shown.organization = organization;
    // Said where it is news alone: only what is said last is heard.
    if (isDelivered && tell(new KelviqEvent('delivered', { organization })) && delivery !== before.delivery)
      step('delivered');
    if (clientKey && !before.clientKey) step('key_arrived');
    return isDelivered && clientKey && shown.organization;
  }

  /** Reads the session, and goes where it leads. */
  function load(): void {
    isStopped = isBehind = false;
    if (locate()) void asker.pursue(endpoint, SESSION_MS);
  }

  /** Checks and sends what stands in the fields; does nothing while something is under way. */
  function send(): void {
    if (!JOURNEY[shown.state].submitted) return;
    if (!check(shown)) return void step('invalid');
    if (offerHint()) return;
    const sent = { email: inputs.email.trim(), businessName: inputs.businessName.trim() || null };
    if (!host.dispatchEvent(new KelviqEvent('submit', sent)) || !locate()) return;
    shown.error = null;
    remember({ sent });
    isStopped ??= false;
    // First, so that a listener's `reset()` takes it back.
    asker.send(endpoint, sent);
    step('submitted');
  }

  return {
    shown,

    /** Takes what the session states, and what the page gives for fields that nobody has edited. */
    prefill(): void {
      for (const name of FIELDS) inputs[name] = shown.session?.[name] || (shown.typed[name] ?? host[name]);
    },

    edit,
    offerHint,
    send,
    step,
    load,

    /** Ends whatever is under way; nothing is lost. */
    stop(): void {
      isStopped = true;
      asker.stop();
    },

    /** Picks up what `stop` has ended. */
    resume(): void {
      if (isStopped) load();
    },

    /** Another endpoint or token source: starts again, or asks in the background where nothing is at odds. */
    followSource(): void {
      const now = ['endpoint' as const, ...client.TOKEN_SOURCES].map((name) => host[name]);
      if (now.some((value, index) => value !== source[index])) {
        const isMoved = source.length && now[0] !== source[0];
        source = now;
        asker.dropToken();
        if (isMoved || shown.state === 'failed') restart();
        // In a task of its own, so that nobody waits longer for the form.
        else if (isStopped === undefined) void ports.clock.sleep(0).then(() => isStopped ?? load());
        else isBehind = true;
      }
      // A signup under way is not disturbed.
      if (isBehind && shown.state !== 'submitting') load();
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
      forget();
    },
  };
}
