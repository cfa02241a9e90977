/** A clock that tests advance, a proxy that answers as a test says, and the element on a page of its own. */
import { fixture, html } from '@open-wc/testing';
import type { Clock } from '../../proxy/clock.ts';
import type { Organization, Problem, SessionAnswer } from '../../proxy/contract.ts';
import { writeDraft } from '../../widget/draft.ts';
import { KelviqOnboarding } from '../../widget/index.ts';
import { ports } from '../../widget/ports.ts';

/** Lets everything that is ready to run do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    // Digests are made on another thread; one asked for later comes back later.
    await crypto.subtle.digest('SHA-256', new Uint8Array());
    await new Promise((resolve) => {
      // A timer would be held back for 4 ms each time.
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => (port1.close(), resolve(null)), { once: true });
      port1.start();
      port2.postMessage(null);
    });
  }
}

/** Waits for what the browser does on another thread, such as a digest. */
export async function when(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled();
}

/** Time that stands still until it is advanced. */
export class FakeClock implements Clock {
  #now = 1_800_000_000_000;
  #sleepers: { at: number; wake(): void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // A task of its own takes no time.
    if (ms === 0) return Promise.resolve();
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + ms, wake });
      signal?.addEventListener('abort', () => wake());
    });
  }

  /** Wakes every sleeper whose time comes within `ms`, in order, each with its consequences. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#sleepers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#now = next.at;
      next.wake();
      await settled();
    }
    this.#now = until;
  }
}

/** One request as the proxy saw it. */
export type Seen = {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
  init: RequestInit | undefined;
  at: number;
};

type Answer = { status: number; body: unknown; headers?: Record<string, string> | undefined };
type Reply = Answer | 'unreachable' | 'silent';

export const organization: Organization = {
  externalId: 'ks_0123456789abcdefghijkl',
  organizationIdentifier: '8e1d7b1a-6c4d-4e3a-9b2d-3f6e4c2b1ad0',
  organizationSlug: 'acme',
  clientKey: 'ck_test_1',
  delivery: 'pending',
};

export const session: SessionAnswer = {
  environment: 'sandbox',
  email: null,
  businessName: null,
  challenge: 'none',
  pending: false,
  organization: null,
};

export const json = (status: number, body: unknown, headers?: Record<string, string>): Answer => ({
  status,
  body,
  headers,
});

/** A body that breaks off on its way. */
export const CUT = new TypeError('network error');

/** A response whose body is at hand: a real one takes the browser an unknown number of turns. */
function respond({ status, body, headers }: Answer): Response {
  const response = new Response(null, headers ? { status, headers } : { status });
  const text = async () => {
    if (body === CUT) throw CUT;
    return typeof body === 'string' ? body : JSON.stringify(body);
  };
  return Object.assign(response, { text, json: async () => JSON.parse(await text()) as unknown });
}

export const problem = (
  status: number,
  code: string,
  errors?: Problem['errors'],
  headers?: Record<string, string>,
): Answer =>
  json(
    status,
    { type: 'about:blank', title: code, status, code, detail: '', requestId: 'req_1', errors },
    headers,
  );

/**
 * Answers as told: `session` for the session (by default what this customer's signup has led to),
 * `posts` one after the other, the last one again and again.
 */
export class ScriptedProxy {
  session: SessionAnswer | Reply | undefined;
  posts: Reply[] = [json(201, organization)];
  /** Answers of other paths: token and language requests. */
  others: (path: string) => Reply | undefined = () => undefined;
  readonly seen: Seen[] = [];
  readonly clock: FakeClock;
  readonly #outcomes = new Map<string, Partial<SessionAnswer>>();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  get signups(): Seen[] {
    return this.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/v1/organizations'));
  }

  get reads(): Seen[] {
    return this.seen.filter(({ path }) => path.endsWith('/v1/session'));
  }

  readonly fetch: typeof fetch = async (input, init) => {
    if (init?.signal?.aborted) throw new DOMException('', 'AbortError');
    const path = new URL(input as string, location.href).pathname;
    this.seen.push({
      method: init?.method ?? 'GET',
      path,
      headers: new Headers(init?.headers),
      body: init?.body ? JSON.parse(init.body as string) : null,
      init,
      at: this.clock.now(),
    });
    const reply = this.#reply(path, this.seen.at(-1)!.headers);
    if (reply === 'unreachable') throw new TypeError('Failed to fetch');
    if (reply === 'silent')
      return new Promise((_, reject) =>
        init?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
      );
    return respond(reply);
  };

  #reply(path: string, headers: Headers): Reply {
    const who = headers.get('authorization') ?? headers.get('idempotency-key') ?? '';
    if (path.endsWith('/v1/session')) {
      const now = this.session ?? { ...session, ...this.#outcomes.get(who) };
      return typeof now === 'object' && 'environment' in now ? json(200, now) : now;
    }
    if (path.endsWith('/v1/organizations')) {
      const next = this.posts.length > 1 ? this.posts.shift()! : this.posts[0]!;
      if (typeof next === 'object' && next.status < 202)
        this.#outcomes.set(who, { organization: next.body as Organization });
      if (typeof next === 'object' && next.status === 202) this.#outcomes.set(who, { pending: true });
      return next;
    }
    return this.others(path) ?? json(404, '');
  }
}

const browser = { ...ports };

type World = {
  clock: FakeClock;
  proxy: ScriptedProxy;
  /** Holds the answers to requests of these paths until they are let go. */
  hold(isHeld: (path: string) => boolean): { letGo(): void };
  stop(): void;
};

/** A fresh clock, proxy and storage for one test; `stop` gives the browser's back. */
export function setUp(): World {
  const clock = new FakeClock();
  const proxy = new ScriptedProxy(clock);
  // The element's own memory, too, of what had no outcome yet.
  writeDraft(ENDPOINT, { sent: undefined });
  sessionStorage.clear();
  Object.assign(ports, { clock, fetch: proxy.fetch });
  return {
    clock,
    proxy,
    hold(isHeld) {
      const { port1, port2 } = new MessageChannel();
      const gone = new Promise((resolve) => port1.addEventListener('message', resolve, { once: true }));
      port1.start();
      ports.fetch = async (input, init) => {
        if (isHeld(new URL(input as string, location.href).pathname)) await gone;
        return proxy.fetch(input, init);
      };
      return { letGo: () => port2.postMessage(null) };
    },
    stop: () => void Object.assign(ports, browser),
  };
}

/** Address of the scripted proxy. */
export const ENDPOINT = 'https://proxy.example/kelviq';

/** Puts an element on the page, with the scripted proxy behind it, and lets it load. */
export async function mount(properties: Partial<KelviqOnboarding> = {}): Promise<KelviqOnboarding> {
  const element = new KelviqOnboarding();
  Object.assign(element, { endpoint: ENDPOINT, partnerName: 'Acme', ...properties });
  await fixture(html`${element}`);
  await settled();
  await settled();
  return element;
}

/** What a template element shows, and what tests do to it. */
export const page = (element: KelviqOnboarding) => ({
  find: (selector: string): HTMLElement | null => element.shadowRoot!.querySelector<HTMLElement>(selector),
  part: (name: string): HTMLElement | null =>
    element.shadowRoot!.querySelector<HTMLElement>(`[part~='${name}']`),
  input: (name: string): HTMLInputElement => element.shadowRoot!.querySelector<HTMLInputElement>(`#${name}`)!,
  text: (): string => element.shadowRoot!.querySelector('.card')!.textContent.replace(/\s+/g, ' '),
  said: (): string => element.shadowRoot!.querySelector('[role=status]')!.textContent.trim(),
  focused: (): string | undefined =>
    element.shadowRoot!.activeElement?.id || element.shadowRoot!.activeElement?.part.value,
  async type(name: string, value: string): Promise<void> {
    const input = this.input(name);
    input.focus();
    input.value = value;
    input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    await settled();
  },
  async press(name: string): Promise<void> {
    const button = this.part(name)!;
    button.focus();
    button.click();
    await settled();
    await settled();
  },
  async signUp(email = 'ana@example.com', businessName = ''): Promise<void> {
    await this.type('email', email);
    if (businessName) await this.type('businessName', businessName);
    await this.press('submit');
  },
});

/** Collects every event of the element, in order, as `[type, detail]`. */
export function record(target: EventTarget): [string, unknown][] {
  const events: [string, unknown][] = [];
  for (const name of ['ready', 'submit', 'success', 'delivered', 'error', 'state-change'])
    target.addEventListener(`kelviq-${name}`, (event) =>
      events.push([event.type.slice(7), (event as CustomEvent).detail]),
    );
  return events;
}
