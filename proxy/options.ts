/** What `createOnboarding` takes, and what can be known to be wrong before the first request. */
import type { Context } from 'hono';
import { isLoopbackHost } from './address.ts';
import type { ChallengeFor } from './challenge.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Deliver } from './delivery.ts';
import type { HttpSend } from './http.ts';
import type { Identified } from './identity.ts';
import { KELVIQ_BASE_URLS } from './kelviq.ts';
import { webHashing, type Hashing } from './keys.ts';
import type { Environment } from './limits.ts';
import type { Log } from './log.ts';
import { USUAL_LIMITS, type RateLimit } from './charges.ts';
import { originFault } from './origin.ts';
import { rotating, type Rotating } from './rotating.ts';
import { Secret } from './secret.ts';
import type { Store } from './store.ts';
import type { Tripwire } from './tripwire.ts';

const LEAST_SECRET_BYTES = 32;

/** What `createOnboarding` is made from; only the first four are needed besides an identity. */
export type OnboardingOptions = {
  /** The partner key, `kvqp_…`; a function is asked whenever it is needed, so that it can change. */
  partnerKey: Rotating<string | Secret>;
  /** Kelviq did not take the key (401). When `partnerKey` gives another one after it, what was asked is asked once more. */
  partnerKeyRefused?: (() => Promise<void>) | undefined;
  /** Exact origins of the pages that may use it, `https://app.example.com`. */
  allowedOrigins: readonly string[];
  /** Where rows are kept: a store, or an address: `sqlite:./data/onboarding.db`, `postgres://…`. */
  store: Store | string | Secret;
  /** Hands events to the partner's backend; see `webhook()`. */
  deliver: Deliver;
  /** Who the customer is, in an app that knows; null refuses with 401. */
  identify?: ((c: Context) => Identified | null | Promise<Identified | null>) | undefined;
  /** Secrets of session tokens, at least 32 bytes each; any of them verifies. A function is asked for each token. */
  sessionSecrets?: Rotating<readonly (string | Secret)[]> | undefined;
  /** Lets anybody sign up who holds an Idempotency-Key; default false. */
  openSignup?: boolean | undefined;
  /** Which Kelviq; default `sandbox`. */
  environment?: Environment | undefined;
  /** Kelviq's address, without a slash at its end; default by environment. */
  baseUrl?: string | undefined;
  /** New signups per client address, in open sign-up; default 10 in 10 minutes. Null turns all limits but the next off. */
  rateLimit?: RateLimit | null | undefined;
  /** New signups per mailbox; default 5 in an hour. Null is off. */
  rateLimitEmail?: RateLimit | null | undefined;
  /** The IP address that `rateLimit` counts, IPv6 by its /64; null, the default, is not limited by address. */
  clientAddress?: ((c: Context) => string | null) | undefined;
  /** Whether who sent the request has left; default: its signal says so. A server may know at less cost. */
  isGone?: ((c: Context) => boolean) | undefined;
  /** Who does proof of work before a new signup; default `open`: customers of open sign-up. */
  challenge?: ChallengeFor | undefined;
  /** How many tries of about a millisecond it takes on average; default 100. */
  challengeDifficulty?: number | undefined;
  /** How Kelviq is asked; default: by `fetch`. */
  send?: HttpSend;
  /** Default: Web Crypto. */
  hashing?: Hashing;
  /** Default: this machine's. */
  clock?: Clock;
  /** Where lines go, `createLog` makes one; default: nowhere. What it throws is dropped. */
  log?: Log | undefined;
  /** Looks at all that leaves; a server whose `log` it guards already gives its own. */
  tripwire?: Tripwire;
  /** Jitter, 0 to 1. */
  random?: () => number;
};

const silent: Log = () => undefined;

/** What stands in for an option that was left out. */
const withDefaults = ({
  environment = 'sandbox',
  openSignup = false,
  baseUrl = KELVIQ_BASE_URLS[environment],
  rateLimit = USUAL_LIMITS.address,
  rateLimitEmail = USUAL_LIMITS.email,
  clientAddress = () => null,
  isGone = (c) => c.req.raw.signal.aborted,
  challenge = 'open',
  challengeDifficulty = 100,
  hashing = webHashing,
  clock = systemClock,
  log = silent,
  random = Math.random,
  ...needed
}: OnboardingOptions) => ({
  ...needed,
  environment,
  openSignup,
  baseUrl,
  rateLimit,
  rateLimitEmail,
  clientAddress,
  isGone,
  challenge,
  challengeDifficulty,
  hashing,
  clock,
  log,
  random,
});

type Given = ReturnType<typeof withDefaults>;

/** Options that are functions, and those that are made of functions; JavaScript may give anything. */
const FUNCTIONS = ['partnerKeyRefused', 'clientAddress', 'isGone', 'send', 'log', 'random'] as const;
const PARTS = {
  clock: ['now', 'sleep'],
  hashing: ['sha256', 'hmac'],
  tripwire: ['add', 'watch', 'holds'],
} as const;

/**
 * The options as they count, whatever was left out, and secrets as functions. Throws a TypeError, without
 * any value, that says which option to mend: what cannot work is said before the first customer finds out,
 * an organization is made and its serverKey goes nowhere.
 */
export function readOptions(options: OnboardingOptions) {
  const given = withDefaults(options);
  for (const [wrong, says] of MISTAKES) if (wrong(given)) throw mistake(says);
  const { partnerKey, sessionSecrets = [], identify, openSignup } = given;
  const secrets = rotating(sessionSecrets, (list) => list.map(secretOf));
  if (!identify && !openSignup && secrets().length === 0)
    throw mistake('nobody could sign up: give identify or sessionSecrets, or set openSignup to true.');
  const encoder = new TextEncoder();
  if (secrets().some((secret) => encoder.encode(secret.reveal()).length < LEAST_SECRET_BYTES))
    throw mistake(`every one of sessionSecrets needs at least ${LEAST_SECRET_BYTES} bytes.`);
  return {
    ...given,
    partnerKey: typeof partnerKey === 'function' ? partnerKey : () => partnerKey,
    sessionSecrets: secrets,
  };
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isSecret = (value: unknown): value is string | Secret =>
  typeof value === 'string' || value instanceof Secret;
const isSecretList = (value: unknown): boolean => Array.isArray(value) && value.every(isSecret);
const current = (value: unknown): unknown => (typeof value === 'function' ? value() : value);
const isEmptyKey = (key: unknown): boolean => !key || (isSecret(key) && secretOf(key).reveal() === '');

type Mistake = readonly [(given: Given) => boolean, string];

/** What is wrong, and what to do about it. */
const MISTAKES: readonly Mistake[] = [
  [({ deliver }) => !isFunction(deliver), 'deliver is not a function; webhook() makes one.'],
  [
    ({ store }) => !isSecret(store) && !(typeof store === 'object' && store && 'open' in store),
    'store is an address such as sqlite:./data/onboarding.db, or a store.',
  ],
  [({ partnerKey }) => isEmptyKey(current(partnerKey)), 'partnerKey is empty.'],
  [
    ({ partnerKey }) => !isSecret(current(partnerKey)),
    'partnerKey is a string, or a function that gives one at once.',
  ],
  [({ identify }) => identify !== undefined && !isFunction(identify), 'identify is not a function.'],
  [
    ({ allowedOrigins }) => !Array.isArray(allowedOrigins) || allowedOrigins.length === 0,
    'allowedOrigins is no list, or empty: no page could sign anybody up.',
  ],
  [
    ({ allowedOrigins }) => allowedOrigins.some((one) => originFault(one) !== null),
    'allowedOrigins takes exact origins such as https://app.example.com, without a path or a "*".',
  ],
  [
    ({ sessionSecrets = [] }) => !isSecretList(current(sessionSecrets)),
    'sessionSecrets is a list of strings, or a function that gives one; is each of them set?',
  ],
  // The text "false" would let anybody sign up.
  [({ openSignup }) => typeof openSignup !== 'boolean', 'openSignup is true or false.'],
  [
    ({ environment }) => !['sandbox', 'production'].includes(environment),
    'environment is "sandbox" or "production".',
  ],
  [
    ({ baseUrl }) => !isSafeAddress(baseUrl) || baseUrl.endsWith('/'),
    'baseUrl is an address that begins with https:// (http:// on this machine only), without a password, a query, and a slash at its end.',
  ],
  [({ rateLimit }) => !isLimit(rateLimit), 'rateLimit is { attempts, windowMs } in whole numbers, or null.'],
  [
    ({ rateLimitEmail }) => !isLimit(rateLimitEmail),
    'rateLimitEmail is { attempts, windowMs } in whole numbers, or null.',
  ],
  [
    ({ challenge }) => !['everybody', 'open', 'nobody'].includes(challenge),
    'challenge is "everybody", "open" or "nobody".',
  ],
  [
    ({ challengeDifficulty }) => !Number.isInteger(challengeDifficulty) || challengeDifficulty < 1,
    'challengeDifficulty is a whole number from 1 on.',
  ],
  ...FUNCTIONS.map((name): Mistake => [
    (given) => given[name] !== undefined && !isFunction(given[name]),
    `${name} is not a function; leave it out where there is none.`,
  ]),
  ...Object.entries(PARTS).map(([name, functions]): Mistake => [
    (given) => {
      const part = given[name as keyof typeof PARTS];
      return part !== undefined && !functions.every((one) => isFunction(Object(part)[one]));
    },
    `${name} is { ${functions.join(', ')} }; leave it out where there is none.`,
  ]),
];

/** Where the partner key may go: to where TLS leads, or nowhere beyond this machine. */
function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(address);
  if (`${username}${password}${search}${hash}` !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

/** A text is more than any number to a database, and no limit at all. */
function isLimit(limit: RateLimit | null): boolean {
  return (
    limit === null ||
    [limit.attempts, limit.windowMs].every((value) => Number.isSafeInteger(value) && value > 0)
  );
}

function secretOf(value: string | Secret): Secret {
  return typeof value === 'string' ? new Secret(value) : value;
}

function mistake(what: string): TypeError {
  return new TypeError(`createOnboarding: ${what}`);
}
