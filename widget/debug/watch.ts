/**
 * Sees what passes between the elements of a page and their proxy: requests with their answers, events,
 * and violations of the page's policy. It changes nothing that passes, unless `answerInstead` says so.
 */
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';

/** A request of an element to its proxy, answered. `status` is null where nothing could be read. */
export type Exchange = {
  method: string;
  url: string;
  path: string;
  status: number | null;
  ms: number;
  /** The bearer of the request. */
  token: string | null;
  body: Record<string, unknown>;
};

/** What is told of. */
export type Observer = {
  exchange(exchange: Exchange): void;
  /** Whether an address is the session-url of an element. */
  isSessionUrl(url: string): boolean;
  /** A token was asked for there; `status` is null where there was no answer. */
  tokenAsked(url: string, status: number | null): void;
  event(element: KelviqOnboarding, event: CustomEvent): void;
  violation(event: SecurityPolicyViolationEvent): void;
  /** A response in place of the proxy's; null lets the request out. */
  answerInstead(url: string, init: RequestInit): Promise<Response> | null;
  /** Whether the page is not to hear of an event. */
  isHidden(element: KelviqOnboarding): boolean;
};

const EVENTS = ['ready', 'submit', 'success', 'delivered', 'error', 'state-change'];
const PATH = /\/v1\/(session|challenge|organizations)$/;

/** The bearer as the element wrote it; a `Headers` would throw where it has a letter that no header may. */
const bearerOf = (headers: HeadersInit = {}) =>
  Object.entries(headers)
    .find(([name]) => name.toLowerCase() === 'authorization')?.[1]
    .replace('Bearer ', '') ?? null;

/** Begins to watch, from before the page's own listeners. */
export function watch(observer: Observer): void {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init = {}) => {
    const url = URL.parse(input instanceof Request ? input.url : input, document.baseURI)?.href ?? '';
    const instead = observer.answerInstead(url, init);
    if (instead) return instead;
    if (init.method === 'POST' && observer.isSessionUrl(url)) {
      const response = await real(input, init).catch((error: unknown) => {
        observer.tokenAsked(url, null);
        throw error;
      });
      observer.tokenAsked(url, response.status);
      return response;
    }
    if (!PATH.test(url)) return real(input, init);
    const started = performance.now();
    const tell = (status: number | null, body: unknown) =>
      observer.exchange({
        method: init.method ?? 'GET',
        url,
        path: `/v1/${PATH.exec(url)?.[1]}`,
        status,
        ms: Math.round(performance.now() - started),
        token: bearerOf(init.headers),
        body: (body ?? {}) as Record<string, unknown>,
      });
    try {
      const response = await real(input, init);
      // Told before the element hears of it, so that its error finds the proxy's own words.
      tell(
        response.status,
        await response
          .clone()
          .json()
          .catch(() => null),
      );
      return response;
    } catch (error) {
      // A run that is given up is no failure.
      if (!init.signal?.aborted) tell(null, null);
      throw error;
    }
  };
  for (const name of EVENTS)
    addEventListener(
      `kelviq-${name}`,
      (event) => {
        const element = event.composedPath()[0] as KelviqOnboarding;
        observer.event(element, event as CustomEvent);
        if (observer.isHidden(element)) event.stopImmediatePropagation();
      },
      true,
    );
  document.addEventListener('securitypolicyviolation', (event) => observer.violation(event));
}
