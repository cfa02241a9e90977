/**
 * Settings of the standalone server, from environment variables and the files they name. Every
 * mistake is found in one go and told by the name of its variable.
 */
import { readFileSync } from 'node:fs';
import { isLoopbackHost } from '../address.ts';
import type * as z from '../zod.ts';
import type { ChallengeFor } from '../challenge.ts';
import { KELVIQ_BASE_URLS } from '../kelviq.ts';
import type { Environment } from '../limits.ts';
import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { USUAL_LIMITS, type RateLimit } from '../charges.ts';
import type { EncryptionKey } from '../seal.ts';
import { Secret } from '../secret.ts';
import type { Tripwire } from '../tripwire.ts';
import {
  baseUrl,
  databaseUrl,
  encryptionKey,
  host,
  oneOf,
  origins,
  partnerKey,
  portOrOff,
  rateLimit,
  sessionSecrets,
  truth,
  webhookSecrets,
  webhookUrl,
  wholeNumber,
} from './config-values.ts';
import { isInternal } from './internal-address.ts';

/** Every variable; a default stands where one value is right whatever the others say. */
const VARIABLES = {
  KELVIQ_PARTNER_KEY: partnerKey,
  KELVIQ_ENV: oneOf('sandbox', 'production').prefault('sandbox'),
  KELVIQ_BASE_URL: baseUrl.optional(),
  HOST: host.prefault('0.0.0.0'),
  PORT: wholeNumber(0, 65_535).prefault('8787'),
  ALLOWED_ORIGINS: origins,
  WEBHOOK_URL: webhookUrl,
  WEBHOOK_SECRET: webhookSecrets,
  WEBHOOK_ENCRYPTION_KEY: encryptionKey.optional(),
  WEBHOOK_ALLOW_INTERNAL: truth.prefault('false'),
  SESSION_SECRET: sessionSecrets.optional(),
  OPEN_SIGNUP: truth.optional(),
  CHALLENGE: oneOf('on', 'off').optional(),
  CHALLENGE_DIFFICULTY: wholeNumber(1, 10_000).prefault('100'),
  RATE_LIMIT: rateLimit.default(USUAL_LIMITS.address),
  RATE_LIMIT_EMAIL: rateLimit.default(USUAL_LIMITS.email),
  TRUSTED_PROXIES: wholeNumber(0, 16).prefault('0'),
  DATABASE_URL: databaseUrl.prefault('sqlite:./data/kelviq-onboarding.db'),
  METRICS_PORT: portOrOff.prefault('off'),
  LOG_LEVEL: oneOf(...LOG_LEVELS).prefault('info'),
} as const;

/** Name of one setting. */
export type VariableName = keyof typeof VARIABLES;

/** Whether a server reads the variable `name`, itself or as the file that it names. */
export function isSetting(name: string): boolean {
  return Object.hasOwn(VARIABLES, name.replace(/_FILE$/, ''));
}

type Values = { [Name in VariableName]: z.output<(typeof VARIABLES)[Name]> };

/** Where settings come from: `process.env`, or a test's own. */
export type Environ = Readonly<Record<string, string | undefined>>;

/** All settings, or every mistake in words for the person at the terminal. */
export type SettingsReading = { ok: true; settings: Settings } | { ok: false; mistakes: string[] };

/** One value, or what is wrong with it. */
export type VariableReading<Value> = { ok: true; value: Value } | { ok: false; mistake: string };

/** Everything the standalone server runs on. Times in milliseconds. */
export type Settings = {
  partnerKey: Secret;
  environment: Environment;
  /** Without a slash at its end. */
  baseUrl: string;
  host: string;
  port: number;
  allowedOrigins: readonly string[];
  /** `encryptionKey`: null where serverKeys are not sealed. */
  webhook: {
    url: string;
    secrets: readonly Secret[];
    encryptionKey: EncryptionKey | null;
    allowInternal: boolean;
  };
  /** Empty where there are no session tokens. */
  sessionSecrets: readonly Secret[];
  openSignup: boolean;
  /** Proof of work before a new signup: of whom, and how many tries it takes on average. */
  challenge: ChallengeFor;
  challengeDifficulty: number;
  rateLimit: RateLimit | null;
  rateLimitEmail: RateLimit | null;
  trustedProxies: number;
  databaseUrl: Secret;
  metricsPort: number | null;
  logLevel: LogLevel;
};

/** Reads, checks and completes all settings; reads the files that `…_FILE` variables name. */
export function readSettings(env: Environ): SettingsReading {
  const values: Partial<Values> = {};
  const wrong = new Set<VariableName>();
  const mistakes: string[] = [];
  for (const name of Object.keys(VARIABLES) as VariableName[]) {
    const reading = readVariable(env, name);
    if (reading.ok) Object.assign(values, { [name]: reading.value });
    else {
      wrong.add(name);
      mistakes.push(reading.mistake);
    }
  }
  mistakes.push(...contradictions(values, wrong));
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, settings: complete(values as Values) };
}

/** Reads and checks one variable alone, for commands that need no more. */
export function readVariable<Name extends VariableName>(
  env: Environ,
  name: Name,
): VariableReading<Values[Name]> {
  const raw = rawValue(env, name);
  if (raw instanceof Error) return { ok: false, mistake: raw.message };
  // `docker run --env-file` keeps them; a session secret in quotes would be another one.
  if (raw !== undefined && /^(["']).*\1$/s.test(raw))
    return { ok: false, mistake: `${name} stands in quotes, which would be part of it; leave them out.` };
  // What is no UTF-8 is read as U+FFFD, byte for byte: a secret of such bytes is another one at the backend.
  if (raw?.includes('\uFFFD'))
    return {
      ok: false,
      mistake: `${name} holds bytes that are no text. Write it in letters, digits and signs.`,
    };
  const schema: z.ZodType = VARIABLES[name];
  const result = schema.safeParse(raw);
  if (result.success) return { ok: true, value: result.data as Values[Name] };
  return { ok: false, mistake: `${name} ${result.error.issues[0]?.message}` };
}

/** An empty variable counts as not set: compose files and shells leave such behind. */
function rawValue(env: Environ, name: VariableName): string | undefined | Error {
  const value = env[name]?.trim() || undefined;
  const path = env[`${name}_FILE`]?.trim() || undefined;
  if (path === undefined) return value;
  if (value !== undefined) return new Error(`${name} and ${name}_FILE are both set; keep one.`);
  try {
    return readFileSync(path, 'utf8').trim() || new Error(`${name}_FILE names an empty file.`);
  } catch (error) {
    return new Error(
      `${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

/** Rules between settings; a setting that is wrong by itself is not blamed a second time. */
function contradictions(values: Partial<Values>, wrong: ReadonlySet<VariableName>): string[] {
  const found: string[] = [];
  const { KELVIQ_ENV: environment, KELVIQ_BASE_URL: base } = values;
  const another = environment === 'sandbox' ? 'production' : 'sandbox';
  // What is real would be called sandbox, to customers and in every delivery.
  if (environment && base && new URL(base).host === new URL(KELVIQ_BASE_URLS[another]).host)
    found.push(
      `KELVIQ_BASE_URL is Kelviq's ${another}, but KELVIQ_ENV is ${environment}. Leave KELVIQ_BASE_URL out, or set KELVIQ_ENV=${another}.`,
    );
  const { WEBHOOK_URL: url, WEBHOOK_ALLOW_INTERNAL: allowInternal = true } = values;
  if (url && !allowInternal && !isLoopbackHost(url.hostname)) {
    if (url.protocol === 'http:')
      found.push(
        'WEBHOOK_URL must begin with https://; for a receiver inside your own network set WEBHOOK_ALLOW_INTERNAL=true.',
      );
    else if (isInternal(url.hostname))
      found.push(
        'WEBHOOK_URL is an address inside a network; if it is your own, set WEBHOOK_ALLOW_INTERNAL=true.',
      );
  }
  const { METRICS_PORT: metricsPort } = values;
  // 0 lets the system choose two.
  if (metricsPort && metricsPort === values.PORT)
    found.push('METRICS_PORT is the same as PORT; give metrics a port of their own.');
  if (wrong.has('SESSION_SECRET') || wrong.has('OPEN_SIGNUP') || values.SESSION_SECRET) return found;
  if (values.OPEN_SIGNUP === false)
    found.push(
      'OPEN_SIGNUP is false and SESSION_SECRET is not set, so nobody could sign up; change one of them.',
    );
  if (values.OPEN_SIGNUP === undefined && values.KELVIQ_ENV === 'production')
    found.push('OPEN_SIGNUP must be said in production: true lets anybody sign up; else set SESSION_SECRET.');
  return found;
}

/** Said nothing, strangers do the work: customers with a session token were let in by the partner. */
const CHALLENGED = { on: 'everybody', off: 'nobody', unset: 'open' } as const satisfies Record<
  string,
  ChallengeFor
>;

function complete(values: Values): Settings {
  const environment = values.KELVIQ_ENV;
  const openSignup = values.OPEN_SIGNUP ?? !values.SESSION_SECRET;
  const { RATE_LIMIT: perAddress, RATE_LIMIT_EMAIL: perEmail } = values;
  return {
    partnerKey: values.KELVIQ_PARTNER_KEY,
    environment,
    baseUrl: values.KELVIQ_BASE_URL ?? KELVIQ_BASE_URLS[environment],
    host: values.HOST,
    port: values.PORT,
    allowedOrigins: values.ALLOWED_ORIGINS,
    webhook: {
      url: values.WEBHOOK_URL.href,
      secrets: values.WEBHOOK_SECRET,
      encryptionKey: values.WEBHOOK_ENCRYPTION_KEY ?? null,
      allowInternal: values.WEBHOOK_ALLOW_INTERNAL,
    },
    sessionSecrets: values.SESSION_SECRET ?? [],
    openSignup,
    challenge: CHALLENGED[values.CHALLENGE ?? 'unset'],
    challengeDifficulty: values.CHALLENGE_DIFFICULTY,
    rateLimit: perAddress === 'off' ? null : perAddress,
    rateLimitEmail: perAddress === 'off' || perEmail === 'off' ? null : perEmail,
    trustedProxies: values.TRUSTED_PROXIES,
    databaseUrl: values.DATABASE_URL,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
  };
}

/** Has `tripwire` look for every secret of the settings; of a database's address for the part with its password. */
export function watchSettings(settings: Settings, tripwire: Tripwire): void {
  tripwire.add([settings.partnerKey, ...settings.webhook.secrets, ...settings.sessionSecrets]);
  const [, password] = /^\w+:\/\/[^/:]*(:[^/]+@)/.exec(settings.databaseUrl.reveal()) ?? [];
  if (password) tripwire.add([new Secret(password)], 'guessable');
}
