/** What has to hold for every customer, whatever happens; the first rule that is broken is kept. */
import type { KelviqOnboarding } from '../../widget/kelviq-onboarding.ts';
import type { KelviqDeliveredEvent, KelviqSuccessEvent, SubmitDetail } from '../../widget/events.ts';
import type { Action, Customer, Field } from './actions.ts';
import { provedBy, takerOf, type Challenges } from './challenges.ts';
import { externalIdOf, STATED, type Proxy } from './proxy.ts';
import { time, type Request } from './stage.ts';
import { isStorageBehind } from './storage.ts';
import { customerAt } from './tokens.ts';

const FIELDS = ['email', 'businessName'] as const;
const STATES = ['loading', 'ready', 'submitting', 'success', 'failed'];
/** After four seconds of asking a wait is explained; who is quicker than the session waits a second for it before. */
const EXPLAINED_MS = 5_100;
/** Nobody waits longer for what the element promises to end after two minutes, the last try included. */
const LONGEST_WAIT_MS = 150_000;
/** No answer from the page's function for so long is none. */
const TOKEN_MS = 120_000;

/** The rules of one sequence, on accounts at `proxy` and its `challenges`. */
export function createRules(proxy: Proxy, challenges: Challenges) {
  let element: KelviqOnboarding;
  let broken: string | null = null;
  let customer: Customer = '';
  /** People of open sign-up so far: who starts again with an account known, or nothing sent, is another one. */
  let people = 1;
  let typed: Partial<Record<Field, string>> = {};
  /** What was typed on a page before, and comes back once it is known who is there. */
  let saved: typeof typed = {};
  /** Whether the element has asked in the name of who is there now, or of anybody on this page. */
  let isMet = false;
  let isAnybodyMet = false;
  /** Whether the page has cleared what the element keeps there. */
  let isCleared = false;
  /** What may stand in the fields, by whom it was typed. */
  const texts: Record<Customer, Set<string>> = { '': new Set(), ana: new Set(), bo: new Set() };
  const posts = new Set<Request>();
  /** Signups by the proof that was made for them. */
  const provedFor = new Map<string, string>();
  /** Requests for tokens, and when they were sent. */
  const asked = new Map<Request, number>();
  /** What was submitted, by whom. */
  let submitted: (SubmitDetail & { customer: Customer })[] = [];
  /** Submits that this action may cause. */
  let allowed = 0;
  let state = '';
  let since = 0;
  let region: Element | null = null;
  let hadFocus = false;
  const told = new Set<string>();
  /** Customers whose key went with the page's storage. */
  const leftBehind = new Set<string>();
  /** Organizations that the element has shown. */
  const heardOf = new Set<string>();

  function fail(rule: string): void {
    broken ??= rule;
  }

  /** Nothing that was typed has to be there any more. */
  function clear(): void {
    typed = {};
    saved = {};
  }

  const belongs = (externalId: string) => (customer ? externalId === customer : externalId.startsWith('ks_'));

  function account(event: KelviqSuccessEvent | KelviqDeliveredEvent): void {
    const { externalId } = event.detail.organization;
    if (!belongs(externalId)) fail(`${event.type} of another customer, ${externalId}`);
    if (told.size === told.add(event.type + externalId).size) fail(`${event.type} twice`);
    if (!told.has(`kelviq-success${externalId}`)) fail('delivered before success');
    heardOf.add(externalId);
  }

  function listen(): void {
    element.addEventListener('kelviq-state-change', ({ detail }) => {
      if (detail.state === state) fail(`a change of state to ${state}, where it was`);
      state = detail.state;
      since = time();
      if (state === 'success') clear();
    });
    element.addEventListener('kelviq-submit', ({ detail }) => {
      if (--allowed < 0) fail('a submit that no action asked for');
      submitted.push({ ...detail, customer });
    });
    element.addEventListener('kelviq-success', account);
    element.addEventListener('kelviq-delivered', account);
    element.addEventListener('kelviq-error', ({ detail }) => {
      if (element.error !== detail) fail('an error that element.error does not know');
    });
    element.addEventListener('kelviq-ready', () => {
      if (element.state !== 'ready') fail(`ready while ${element.state}`);
    });
  }

  /** A proof is good for one signup, as it was typed, by one customer. */
  function checkProof(
    proved: string,
    { email, businessName }: NonNullable<Request['body']>,
    by: string,
  ): void {
    const signup = JSON.stringify([email, businessName]);
    if (takerOf(proved) !== by) fail(`a proof of another customer, ${takerOf(proved)}`);
    if (challenges.isRefused(proved)) fail('a proof that was refused, once more');
    if ((provedFor.get(proved) ?? signup) !== signup) fail('a proof that was made for another signup');
    provedFor.set(proved, signup);
  }

  /** A request has been sent. */
  function requested(request: Request): void {
    const { key, token, body, path, url } = request;
    if (path === 'token') {
      if (customerAt(request) !== customer) fail(`a token of ${customerAt(request)} for ${customer}`);
      for (const [other, at] of asked)
        if (other.isOpen && other.url === url && time() - at < TOKEN_MS)
          fail('two tokens asked for at a time');
      asked.set(request, time());
      return;
    }
    if ((key === null) === (token === null)) fail('a request of nobody, or of two');
    else if (!belongs(externalIdOf(request))) fail(`a request of another customer, ${externalIdOf(request)}`);
    if (!isMet) typed = { ...saved, ...typed };
    isMet = isAnybodyMet = true;
    if (path === 'challenge' && !(state === 'submitting' && challenges.wereAsked()))
      fail('a challenge that nobody asked for');
    if (!body) return;
    const proved = provedBy(request);
    if (proved !== null) checkProof(proved, body, externalIdOf(request));
    if ([...posts].some(({ isOpen }) => isOpen)) fail('two signups under way at a time');
    posts.add(request);
    const isTheirs = submitted.some(
      ({ email, businessName, customer: by }) =>
        by === customer && email === body.email && businessName === (body.businessName ?? null),
    );
    if (!isTheirs) fail(`sent, but not submitted by this customer: ${JSON.stringify(body)}`);
  }

  /** Whether something of open sign-up is under way, or done, that the element has not heard of. */
  const hasUnknown = () =>
    [...proxy.rows].some(
      ([id, { organization }]) =>
        id.startsWith('ks_') &&
        !leftBehind.has(id) &&
        (proxy.isOpen(id) || (organization !== null && !heardOf.has(id))),
    );

  function checkFaces(root: ShadowRoot): void {
    const { state: now, organization, error } = element;
    if (now !== state) fail(`${state} became ${now} without an event`);
    if (STATES.some((name) => element.matches(`:state(${name})`) !== (name === now)))
      fail(`other custom states than ${now}`);
    const has = (selector: string) => root.querySelector(selector) !== null;
    if (has('form') === (now === 'success') || has('[part=success]') !== (now === 'success'))
      fail(`the wrong face for ${now}`);
    if (has('[part=alert]') !== (now === 'failed')) fail(`an alert, or none, in ${now}`);
    if ((organization !== null) !== (now === 'success')) fail(`an organization, or none, in ${now}`);
    if (now === 'failed' && !error) fail('failed without an error');
    // Until it is known who is there, it may be the same customer with another token.
    if (organization && isMet && !belongs(organization.externalId))
      fail(`the account of another customer, ${organization.externalId}`);
    const current = root.querySelector('[role=status]');
    if (!current || (region && region !== current)) fail('another live region');
    region = current;
    if (/undefined|\b(?:null|NaN)\b|\[object/.test(root.textContent)) fail('a value that is none, in words');
    if (now !== 'submitting') return;
    if (time() - since > EXPLAINED_MS && !root.querySelector('.foot')?.textContent.trim())
      fail('a wait without a word');
    // The page's function may have a person sign in meanwhile.
    if (time() - since > LONGEST_WAIT_MS + (customer ? TOKEN_MS : 0)) fail('a wait without an end');
  }

  function checkField(root: ShadowRoot, name: Field): void {
    const input = root.querySelector<HTMLInputElement>(`#${name}`);
    if (!input) return;
    const stated = name === 'email' ? STATED[customer] : undefined;
    const isLocked = input.readOnly && state !== 'submitting';
    if (isLocked && isMet && input.value !== stated) fail(`${name} is locked to ${input.value}`);
    if (!isLocked && typed[name] !== undefined && ![typed[name], stated].includes(input.value))
      fail(`typed ${JSON.stringify(typed[name])}, but it reads ${JSON.stringify(input.value)}`);
    // Until it is known who is there, what an earlier customer typed may be theirs.
    if (isMet && input.value && input.value !== stated && !texts[customer].has(input.value))
      fail(`${name} reads ${JSON.stringify(input.value)}, which another customer typed`);
    const error = root.querySelector(`#${name}-error`);
    if ((input.ariaInvalid === 'true') !== (error !== null)) fail(`an error of ${name} that is half there`);
    if (error && !error.textContent.trim()) fail(`an error of ${name} without words`);
    if (state === 'submitting' && !input.readOnly) fail(`${name} can be changed while it is sent`);
  }

  return {
    fail,
    broken: () => broken,
    /** Whether who is there has an account, and sees it. */
    isServed: (): boolean => element.organization !== null && belongs(element.organization.externalId),
    requested,

    /** A new page, or the first; what was typed comes back. */
    mounted(mounted: KelviqOnboarding): void {
      element = mounted;
      state = 'loading';
      since = time();
      region = null;
      told.clear();
      // What was typed before anybody knew by whom is kept for nobody.
      if (isMet) saved = typed;
      // What the page's storage did not keep cannot come back, and who it was neither.
      if (isCleared || isStorageBehind()) {
        saved = {};
        people++;
        for (const id of proxy.rows.keys()) leftBehind.add(id);
      }
      isCleared = false;
      typed = {};
      isMet = isAnybodyMet = false;
      listen();
    },

    /** Somebody else is there. */
    introduced(now: Customer): void {
      // Who has been nobody so far may be the one, and who left before the element knew may have been.
      if (!customer || !isMet) texts[customer].forEach((text) => texts[now].add(text));
      customer = now;
      clear();
      isMet = false;
    },

    typed(field: Field, text: string): void {
      // Between two customers nobody can tell who typed it, and it goes with what the first one typed.
      if (isMet || !isAnybodyMet) typed[field] = text;
      texts[customer].add(text);
    },

    /** The element puts there what was meant. */
    untyped(field: Field, meant: string): void {
      delete typed[field];
      delete saved[field];
      texts[customer].add(meant);
    },

    /** The customer, or the page, has asked for a submit. */
    pressed(): void {
      allowed = 1;
    },

    /** The page has cleared its storage: a key is gone, but never one whose outcome is unknown. */
    cleared(): void {
      isCleared = true;
      if (!isMet) saved = {};
      if (!hasUnknown()) people++;
    },

    /** Everything begins anew, but never while a signup has no outcome. */
    reset(): void {
      clear();
      // Where somebody with a session starts again, nothing of open sign-up is under way on this page.
      if (customer || !hasUnknown()) people++;
    },

    /** Before an action. */
    before(): void {
      allowed = 0;
      hadFocus = document.activeElement === element && element.shadowRoot?.activeElement !== null;
    },

    /** After an action and all that follows from it. */
    check(action: Action): void {
      const root = element.shadowRoot;
      // Who has left the page waits for nothing.
      if (!element.isConnected) since = time();
      if (!root || !element.isConnected) return;
      checkFaces(root);
      for (const name of FIELDS) checkField(root, name);
      if (
        hadFocus &&
        document.activeElement === document.body &&
        action.do !== 'remove' &&
        action.do !== 'reload'
      )
        fail('the focus has fallen to the body');
      const open = [...proxy.rows].filter(([id, { organization }]) => id.startsWith('ks_') && organization);
      if (open.length > people) fail(`${open.length} organizations for ${people} people`);
    },
  };
}
