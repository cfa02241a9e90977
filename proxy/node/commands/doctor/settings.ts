/** The doctor's look at the settings: every mistake, then what stands and what is odd about it. */
import { isLoopbackHost } from '../../../address.ts';
import { KELVIQ_BASE_URLS, environmentOf } from '../../../kelviq.ts';
import { readPostgresAddress } from '../../../postgres/address.ts';
import type { Secret } from '../../../secret.ts';
import { sqlitePath } from '../../../store-url.ts';
import { isSetting, readSettings, readVariable, type Environ, type VariableName } from '../../config.ts';
import type { Tell } from './report.ts';

/** Says how the settings in `env` stand. A setting that is wrong is named once and not looked at further. */
export function checkSettings(env: Environ, tell: Tell): void {
  const reading = readSettings(env);
  for (const mistake of reading.ok ? [] : reading.mistakes) {
    const [, what = mistake, fix] = /^(.*?)\. (.*?)\.?$/s.exec(mistake) ?? [];
    tell('fail', what.replace(/\.$/, ''), fix);
  }
  checkNames(env, tell);
  checkKelviq(env, tell);
  checkPages(env, tell);
  checkCustomers(env, tell);
  checkWebhook(env, tell);
  const database = valueOf(env, 'DATABASE_URL');
  if (database !== undefined) tell('ok', `rows are kept in ${placeOf(database)}`);
}

/** The value of one variable; undefined where it is missing or wrong. */
function valueOf<Name extends VariableName>(env: Environ, name: Name) {
  const reading = readVariable(env, name);
  return reading.ok ? reading.value : undefined;
}

/** Where an address of a database leads, without who may enter it. */
function placeOf(databaseUrl: Secret): string {
  const path = sqlitePath(databaseUrl);
  if (path !== null) return path;
  const address = readPostgresAddress(databaseUrl.reveal());
  if (address instanceof Error) return 'PostgreSQL';
  const { host, port, database } = address;
  return `PostgreSQL at ${host}, port ${port}, database ${database}`;
}

/** How names begin that nobody gives to anything else. */
const OURS =
  /^(?:KELVIQ_|WEBHOOK_|ALLOWED_ORIGIN|SESSION_SECRET|OPEN_SIGN|CHALLENGE|RATE_LIMIT|TRUSTED_PROX)/;

/** A name with a slip in it is a setting that nobody reads, and its default stands. */
function checkNames(env: Environ, tell: Tell): void {
  for (const name of Object.keys(env).filter((one) => OURS.test(one) && !isSetting(one)))
    tell(
      'warn',
      `${name} is no setting, and has no effect`,
      'look its name up in the README, or take it out',
    );
}

function checkKelviq(env: Environ, tell: Tell): void {
  const environment = valueOf(env, 'KELVIQ_ENV');
  if (environment === undefined) return;
  const baseUrl = valueOf(env, 'KELVIQ_BASE_URL') ?? KELVIQ_BASE_URLS[environment];
  const { host } = new URL(baseUrl);
  // That these two contradict each other has been said.
  const another = environment === 'sandbox' ? 'production' : 'sandbox';
  if (host === new URL(KELVIQ_BASE_URLS[another]).host) return;
  if (environment === 'production' && baseUrl !== KELVIQ_BASE_URLS.production)
    tell(
      'warn',
      `production, but ${host} is not Kelviq's own address`,
      'leave KELVIQ_BASE_URL out, unless this is a gateway of yours',
    );
  else tell('ok', `KELVIQ_ENV is ${environment}, and Kelviq is at ${host}`);
  const key = valueOf(env, 'KELVIQ_PARTNER_KEY');
  const named = key === undefined ? null : environmentOf(key);
  if (named !== null && named !== environment)
    tell(
      'warn',
      `KELVIQ_PARTNER_KEY looks like one for ${named}, and KELVIQ_ENV is ${environment}`,
      'take both from the same environment',
    );
}

function checkPages(env: Environ, tell: Tell): void {
  const origins = valueOf(env, 'ALLOWED_ORIGINS');
  if (origins === undefined) return;
  tell('ok', `the widget may be on ${origins.join(', ')}`);
  for (const origin of origins) {
    const { protocol, hostname } = new URL(origin);
    const here = isLoopbackHost(hostname);
    if (here && valueOf(env, 'KELVIQ_ENV') === 'production')
      tell(
        'warn',
        `ALLOWED_ORIGINS holds ${origin} in production`,
        'take it out; any page on that port of anybody’s machine may open signups',
      );
    else if (!here && protocol === 'http:')
      tell(
        'warn',
        `${origin} is not secure, and the widget works on secure pages alone`,
        'serve it by https:',
      );
  }
}

function checkCustomers(env: Environ, tell: Tell): void {
  const sessions = valueOf(env, 'SESSION_SECRET')?.length ?? 0;
  const environment = valueOf(env, 'KELVIQ_ENV');
  if (environment === undefined) return;
  const production = environment === 'production';
  const open = valueOf(env, 'OPEN_SIGNUP') ?? (!production && sessions === 0);
  if (sessions > 0) tell('ok', `customers are known by session tokens, checked with ${secrets(sessions)}`);
  if (!open) return;
  const limit = valueOf(env, 'RATE_LIMIT');
  if (limit === 'off') tell('warn', 'anybody may sign up, as often as they like', 'take RATE_LIMIT=off out');
  else tell('ok', 'anybody may sign up (OPEN_SIGNUP)');
  if (production && limit !== 'off' && valueOf(env, 'TRUSTED_PROXIES') === 0)
    tell(
      'warn',
      'TRUSTED_PROXIES is 0 in production: behind a reverse proxy all customers share one rate limit',
      'set it to the number of reverse proxies in front, usually 1',
    );
}

function checkWebhook(env: Environ, tell: Tell): void {
  const url = valueOf(env, 'WEBHOOK_URL');
  const signing = valueOf(env, 'WEBHOOK_SECRET');
  if (url === undefined || signing === undefined) return;
  const here = isLoopbackHost(url.hostname);
  if (here && url.port === String(valueOf(env, 'PORT')))
    tell(
      'fail',
      'WEBHOOK_URL is the address of this proxy itself',
      'set it to where your backend receives deliveries',
    );
  else tell('ok', `deliveries go to ${url.origin}, signed with ${secrets(signing.length)}`);
  if (signing.some((secret) => (secret.reveal().length - 'whsec_'.length) % 4 !== 0))
    tell(
      'warn',
      'a WEBHOOK_SECRET lacks the "=" at the end of its base64; libraries of Python and Go refuse it',
      'add it here and at your backend; the key stays the same',
    );
  const sealing = valueOf(env, 'WEBHOOK_ENCRYPTION_KEY');
  if (sealing)
    tell(
      'ok',
      `serverKeys are sealed (${sealing.alg}) to ${sealing.kid ? `the key "${sealing.kid}"` : 'a key without a name'}`,
    );
  else if (!here && url.protocol === 'http:')
    tell(
      'warn',
      'WEBHOOK_URL is http: serverKeys cross the network unprotected',
      'serve it by https:, or seal them with WEBHOOK_ENCRYPTION_KEY',
    );
}

function secrets(count: number): string {
  return count === 1 ? '1 secret' : `${count} secrets`;
}
