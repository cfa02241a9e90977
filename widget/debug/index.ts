/**
 * The debug script, `kelviq-onboarding.debug.js`: for a developer's own eyes, beside the drop-in or the npm
 * import, never for customers. It shows session claims, requests, events and violations as they happen,
 * names the fix of every mistake here, in the console and in the element, and plays previews.
 */
import { isOpen, obtainToken, resolve } from '../client.ts';
import { failureWords } from '../messages.ts';
import type { OnboardingError } from '../events.ts';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';
import { readClaims } from './claims.ts';
import { weakContrasts } from './contrast.ts';
import { directiveFor, fixFor } from './fixes.ts';
import { createPanel, type Say } from './panel.ts';
import { PREVIEWS, play, proceed, show } from './preview.ts';
import { watch, type Observer } from './watch.ts';

const TAG = 'kelviq-onboarding';
/** Set once the panel is there; nothing is said before. */
let say: Say;
/** Environment of each endpoint, as its own answers say. */
const environments = new Map<string, string>();
const details = new Map<string, string>();
/** What each session-url answered last; null is no answer. */
const sessionStatus = new Map<string, number | null>();
const previews = new Map<KelviqOnboarding, string>();
const tokens = new Set<string>();
/** The preview that each element asked for last, played or not. */
const asked = new WeakMap<KelviqOnboarding, string>();
/** Elements whose preview is not to be had. */
const unplayed = new WeakSet<KelviqOnboarding>();
const own = new Map<KelviqOnboarding, KelviqOnboarding['messages']>();

const endpointOf = (element: KelviqOnboarding) =>
  (URL.parse(element.endpoint, document.baseURI)?.href ?? '').replace(/\/+$/, '');

/** Elements that asked before this script was there; done once their question was asked again. */
const caughtUp = new WeakMap<KelviqOnboarding, Promise<void>>();

/** Asks what an element asked unseen: the answer's words, and its token, say what a fix alone cannot. */
async function catchUp(element: KelviqOnboarding): Promise<void> {
  // The page's own function may let a person sign in: not twice at the same time.
  if (!element.endpoint || (element.fetchSessionToken && element.state === 'loading')) return;
  if (isOpen(element)) return askSession(endpointOf(element));
  const token = await obtainToken(element, false).catch(() => undefined);
  if (token) await askSession(endpointOf(element), token);
}

/** Asks for the session; `watch` tells of it like of any other. */
async function askSession(endpoint: string, token?: string): Promise<void> {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const headers = token ? { authorization: `Bearer ${token}` } : { 'idempotency-key': key.join('') };
  await fetch(`${endpoint}/v1/session`, { headers }).catch(() => undefined);
}

const warned = new Set<string>();

/** A mistake and its fix, in the panel and in the console: once, however many elements make it. */
function warn(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  say(text, 'bad');
  console.warn(`${TAG}: ${text}`);
}

/** The fix, where a developer looks: here, in the console, and in the element in place of the customer's words. */
async function explain(element: KelviqOnboarding, error: OnboardingError): Promise<void> {
  await caughtUp.get(element);
  const endpoint = element.endpoint && endpointOf(element);
  const detail = details.get(endpoint);
  const { sessionUrl, fetchSessionToken } = element;
  const fix = fixFor({
    code: error.code,
    endpoint,
    sessionUrl,
    sessionStatus: sessionStatus.get(resolve(sessionUrl)),
    fetchSessionToken,
    ...(detail && { detail }),
  });
  if (previews.has(element)) return say(`${error.code}: ${fix}`, 'bad');
  warn(`${error.code}: ${fix}`);
  if (element.state !== 'failed') return;
  if (!own.has(element)) own.set(element, element.messages);
  element.messages = {
    ...own.get(element),
    [failureWords(error)]: fix,
  };
}

function judge(token: string): void {
  if (tokens.has(token)) return;
  tokens.add(token);
  const { claims, expiresAt, faults } = readClaims(token, Date.now());
  say(
    `session token: ${JSON.stringify(claims)}${expiresAt ? `\nexpires ${expiresAt.toLocaleTimeString()}` : ''}`,
  );
  for (const fault of faults) warn(`session token: ${fault}`);
}

const OBSERVER: Observer = {
  exchange({ method, url, path, status, ms, token, body }) {
    const endpoint = url.slice(0, -path.length);
    if (token) judge(token);
    if (typeof body['environment'] === 'string') environments.set(endpoint, body['environment']);
    if (typeof body['detail'] === 'string') details.set(endpoint, body['detail']);
    const code = typeof body['code'] === 'string' ? ` ${body['code']}` : '';
    say(
      `${method} ${path} → ${status ?? 'no answer'}${code}, ${ms} ms`,
      status && status < 400 ? 'plain' : 'bad',
    );
    // The element goes on for two minutes before it calls that a failure.
    if (status === null) warn(fixFor({ code: 'network_failed', endpoint }));
  },
  isSessionUrl: (url) => [...elements(document)].some(({ sessionUrl }) => resolve(sessionUrl) === url),
  tokenAsked(url, status) {
    sessionStatus.set(url, status);
    say(`POST ${url} → ${status ?? 'no answer'}`, status && status < 400 ? 'plain' : 'bad');
  },
  event(element, { type, detail }) {
    void meet(element);
    const name = previews.get(element);
    say(
      `${type} ${JSON.stringify(detail)}${name ? ` (preview of ${name})` : ''}`,
      type === 'kelviq-success' ? 'good' : 'plain',
    );
    if (type === 'kelviq-error') queueMicrotask(() => void explain(element, detail as OnboardingError));
    if (type === 'kelviq-ready' && name) queueMicrotask(() => proceed(element, name));
    const given = own.get(element);
    if (type === 'kelviq-state-change' && given && element.state !== 'failed') {
      own.delete(element);
      element.messages = given;
    }
    requestAnimationFrame(() => warnOfColours(element));
  },
  violation(event) {
    const { blockedURI, disposition, effectiveDirective } = event;
    const what = `${disposition === 'report' ? 'reported' : 'blocked'} by this page's Content-Security-Policy: ${blockedURI} (${effectiveDirective})`;
    const directive = directiveFor(event);
    if (!directive) return say(`${what}\nThe element needs nothing of the kind.`);
    warn(`${what}\nwrite in it: ${directive}`);
  },
  answerInstead: play,
  // From the first moment on, and not where there is no preview after all.
  isHidden: (element) => previews.has(element) || (element.hasAttribute('preview') && !unplayed.has(element)),
};

function warnOfColours(element: KelviqOnboarding): void {
  for (const { what, tokens: pair, ratio, least } of weakContrasts(element))
    warn(`${what} has a contrast of ${ratio.toFixed(2)} to 1; WCAG AA asks for ${least}: ${pair}.`);
}

/** Whether previews may be shown: without an endpoint, or where the proxy says that it is a sandbox. */
async function isAllowed(element: KelviqOnboarding): Promise<boolean> {
  const endpoint = element.endpoint && endpointOf(element);
  if (!endpoint) return true;
  if (!environments.has(endpoint)) await askSession(endpoint);
  return environments.get(endpoint) === 'sandbox';
}

async function meet(element: KelviqOnboarding): Promise<void> {
  const name = element.getAttribute('preview');
  if (name === null) {
    if (asked.delete(element) && previews.has(element))
      say('The preview goes on, also without its attribute, until the page is loaded again.');
    return;
  }
  if (asked.get(element) === name) return;
  asked.set(element, name);
  const isKnown = Object.hasOwn(PREVIEWS, name);
  const isPlayed = isKnown && (previews.has(element) || (await isAllowed(element)));
  if (asked.get(element) !== name) return;
  if (!isPlayed) {
    // One that has played before goes on: its endpoint is set aside.
    if (!previews.has(element)) unplayed.add(element);
    const why = isKnown
      ? 'is for the sandbox alone, and this proxy does not say that it is one.'
      : `is none of ${Object.keys(PREVIEWS).join(', ')}.`;
    return say(`preview="${name}" ${why}`, 'bad');
  }
  unplayed.delete(element);
  previews.set(element, name);
  say(`This is a preview of ${name}: nothing is sent, and the page hears of no event.`);
  show(element, name);
}

const met = new WeakSet<KelviqOnboarding>();

/** Every element of the page, inside open shadow roots too. */
function* elements(root: ParentNode): Generator<KelviqOnboarding> {
  yield* root.querySelectorAll(TAG);
  for (const { shadowRoot } of root.querySelectorAll('*')) if (shadowRoot) yield* elements(shadowRoot);
}

function search(): void {
  for (const element of elements(document)) {
    void meet(element);
    if (met.has(element)) continue;
    met.add(element);
    // What went wrong before this script was there.
    if (element.error) void explain(element, element.error);
    warnOfColours(element);
  }
}

/** Set by the first evaluation: a script by two URLs is evaluated twice, and two would tell of everything twice. */
const MARK = Symbol.for('kelviq-onboarding-debug');
if (!(MARK in globalThis)) {
  Object.assign(globalThis, { [MARK]: true });
  say = createPanel();
  watch(OBSERVER);
  if (customElements.get(TAG))
    for (const element of elements(document))
      if (!element.hasAttribute('preview')) caughtUp.set(element, catchUp(element));
  addEventListener('load', () => {
    if (!customElements.get(TAG))
      say(
        `Nothing has defined <${TAG}> yet. Does kelviq-onboarding.js load, or the npm package? The console has its error.`,
        'bad',
      );
  });
  void customElements.whenDefined(TAG).then(() => {
    search();
    new MutationObserver(search).observe(document, {
      childList: true,
      subtree: true,
      attributeFilter: ['preview'],
    });
  });
}
