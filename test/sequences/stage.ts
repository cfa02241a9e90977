/**
 * The page's time and network, in the place of the browser's own: time stands still until it is advanced, and
 * requests to the proxy, and to the page's own backend, wait until they are treated. To be there before the element's script.
 */
import ar from '../../widget/locales/ar.json' with { type: 'json' };
import de from '../../widget/locales/de.json' with { type: 'json' };

/** A request that reached the network. */
export type Request = {
  /** `token` asks the page's own backend who is there; the others ask the proxy. */
  path: 'session' | 'organizations' | 'challenge' | 'token';
  /** Whole address. */
  url: string;
  /** Of open sign-up. */
  key: string | null;
  /** The session token. */
  token: string | null;
  /** What a POST carries; null of a GET. */
  body: { email?: string; businessName?: string; challenge?: string } | null;
  /** Whether the element has let go of it. */
  isAborted: boolean;
  /** Whether the element still waits for an answer. */
  isOpen: boolean;
  /** Answers it; with `isCut`, the body breaks off on its way. */
  answer(status: number, body: unknown, headers?: Record<string, string>, isCut?: boolean): void;
  /** No answer comes, and the browser says so. */
  fail(): void;
};

type Timer = { id: number; at: number; ring: () => void };

const FILES: Record<string, unknown> = { 'locales/ar.json': ar, 'locales/de.json': de, 'snippets.json': [] };

/** So long does a proof of work take. */
const PROOF_MS = 700;

let now = 0;
let timers: Timer[] = [];
let latestId = 0;
let drawn = 0;
let waiting: Request[] = [];
let listener: (request: Request) => void = () => undefined;

/** Milliseconds since the sequence began. */
export const time = (): number => now;

/** What waits to be treated, the oldest first. */
export const requests = (): readonly Request[] => waiting;

/** Begins anew: no time has passed, and nothing is under way. `heard` is told of each request. */
export function begin(heard: (request: Request) => void): void {
  now = 0;
  timers = [];
  waiting = [];
  listener = heard;
}

/** Takes a request from those that wait. */
export function take(request: Request): void {
  waiting = waiting.filter((other) => other !== request);
}

const turns: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.addEventListener('message', () => turns.shift()?.());
port1.start();

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++)
    await new Promise<void>((resolve) => {
      turns.push(resolve);
      port2.postMessage(null);
    });
}

/** Rings every timer whose time comes within `ms`, in order, each with its consequences. */
export async function advance(ms: number): Promise<void> {
  const until = now + ms;
  await settle();
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at || a.id - b.id);
    if (!next) break;
    timers = timers.filter((timer) => timer !== next);
    now = next.at;
    next.ring();
    await settle();
  }
  now = until;
}

function setTimer(ring: () => void, ms = 0): number {
  timers.push({ id: ++latestId, at: now + Math.max(0, ms), ring });
  return latestId;
}

/** A response whose body is at hand: a real one takes the browser an unknown number of turns. */
function response(
  status: number,
  body: unknown,
  headers?: Record<string, string>,
  isCut?: boolean,
): Response {
  const text = async () => {
    if (isCut) throw new TypeError('network error');
    return typeof body === 'string' ? body : JSON.stringify(body);
  };
  const json = async () => JSON.parse(await text()) as unknown;
  return Object.assign(new Response(null, { status, ...(headers && { headers }) }), { text, json });
}

/** Lets wait what is for the proxy's API or the page's backend, and answers for the proxy's files. */
function send(input: string, init: RequestInit = {}): Promise<Response> {
  const { signal } = init;
  const { href } = new URL(input, document.baseURI);
  const [, path] = /\/(session$|organizations$|challenge$|token(?=\/))/.exec(href) ?? [];
  if (!path) {
    const [, file] = Object.entries(FILES).find(([name]) => href.endsWith(`/${name}`)) ?? [];
    return Promise.resolve(response(file ? 200 : 404, file ?? ''));
  }
  return new Promise((resolve, reject) => {
    const headers = new Headers(init.headers);
    const request: Request = {
      path: path as Request['path'],
      url: href,
      key: headers.get('idempotency-key'),
      token: headers.get('authorization')?.replace('Bearer ', '') ?? null,
      body: init.body ? (JSON.parse(init.body as string) as Request['body']) : null,
      isAborted: false,
      isOpen: true,
      answer: (...answer) => {
        request.isOpen = false;
        resolve(response(...answer));
      },
      fail: () => {
        request.isOpen = false;
        reject(new TypeError('Failed to fetch'));
      },
    };
    const letGo = () => {
      request.isOpen = false;
      request.isAborted = true;
      reject(signal?.reason as Error);
    };
    if (signal?.aborted) return letGo();
    signal?.addEventListener('abort', letGo);
    waiting.push(request);
    listener(request);
  });
}

/** Bytes that are never the same twice in a page, but the same in each page. */
function randomBytes(bytes: Uint8Array): Uint8Array {
  drawn++;
  return bytes.map((_, index) => (bytes[index] = (drawn >> (8 * (index % 4))) & 255));
}

/** The digest of something, made at once: a real one comes from another thread. */
async function digest(_name: unknown, data: BufferSource): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(32);
  new Uint8Array(data as ArrayBuffer).forEach((byte, index) => (bytes[index % 32]! ^= byte));
  return bytes.buffer;
}

/** Bits that solve every challenge, after a while. */
const deriveBits = () =>
  new Promise<ArrayBuffer>((resolve) => void setTimer(() => resolve(new ArrayBuffer(32)), PROOF_MS));

/** Puts these in place of the browser's own. */
export function install(): void {
  Object.assign(window, {
    setTimeout: setTimer,
    clearTimeout: (id: number) => (timers = timers.filter((timer) => timer.id !== id)),
    fetch: send,
  });
  Object.defineProperty(performance, 'now', { value: time });
  Object.defineProperty(crypto, 'getRandomValues', { value: randomBytes });
  Object.defineProperties(crypto.subtle, {
    digest: { value: digest },
    importKey: { value: async () => ({}) },
    deriveBits: { value: deriveBits },
  });
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: async () => undefined } });
  Object.defineProperty(AbortSignal, 'timeout', {
    value: (ms: number) => {
      const controller = new AbortController();
      setTimer(() => controller.abort(new DOMException('', 'TimeoutError')), ms);
      return controller.signal;
    },
  });
}
