/**
 * Who the customer is. The externalId never comes from the browser: it is in a token that the
 * partner's backend signed, or follows from a key that only this browser holds, or is what the
 * partner's own app says. A bearer token, when one is sent, is what counts; other credentials are
 * somebody else's, such as the password of a staging site, which browsers send along by themselves.
 */
import type { Context } from 'hono';
import type { JWTPayload } from 'jose';
import type { Clock } from './clock.ts';
import { businessNameSchema, emailSchema } from './contract.ts';
import { EXTERNAL_ID_RULE, isExternalId } from './external-id.ts';
import { openExternalId, type Hashing } from './keys.ts';
import { MOST } from './limits.ts';
import { Refusal } from './problem.ts';
import { rotating } from './rotating.ts';
import type { Secret } from './secret.ts';

const AUDIENCE = 'kelviq-onboarding';
const SKEW_S = 30;
const LONGEST_S = 3600;
const MAX_TOKEN_CHARACTERS = 4096;
const BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *$/i;
const OTHER_SCHEME = /^(?!bearer )[a-z\d-]+ /i;
const STATED_EMAIL = `one address of at most ${MOST.email} characters`;
const STATED_NAME = `one line of at most ${MOST.businessName}`;
const IDEMPOTENCY_KEY = /^[A-Za-z0-9_-]{22,128}$/;

/** Not part of a start: a server listens before it is loaded, and open sign-up alone never needs it. */
const loadJose = async () => ({ ...(await import('jose/errors')), ...(await import('jose/jwt/verify')) });
let jose: ReturnType<typeof loadJose> | undefined;

/**
 * Loads what verifies tokens, beside everything else. The first token may come when no file can be
 * opened, and what Node once failed to load it never loads again.
 */
export function expectTokens(): void {
  (jose ??= loadJose()).catch(() => undefined);
}

/** What the partner's own `identify` does not do right; its message quotes nothing, so that a log may hold it. */
export class IdentifyMistake extends TypeError {
  constructor(what: string) {
    super(`identify(): ${what}`);
  }
}

/** Who a request belongs to, as the partner's own app says. */
export type Identified = {
  /** The app's id of the customer, unique and never given to another one. */
  externalId: string;
  /** Shown read-only, and wins over what is typed; left out, the customer types it. */
  email?: string | undefined;
  /** Likewise. */
  businessName?: string | undefined;
};

/** The customer of a request. What is stated wins over the form; `open` is a self-made identity. */
export type Identity = {
  externalId: string;
  email: string | null;
  businessName: string | null;
  open: boolean;
};

/** How customers may show who they are. */
export type IdentityOptions = {
  sessionSecrets: () => readonly Secret[];
  openSignup: boolean;
  identify: ((c: Context) => Identified | null | Promise<Identified | null>) | undefined;
  hashing: Hashing;
  clock: Clock;
};

/** Tells who a request belongs to, or throws a `Refusal` (401, or 403 for another page's token). */
export function createIdentity(options: IdentityOptions): (c: Context) => Promise<Identity> {
  const { sessionSecrets, openSignup, identify, hashing, clock } = options;
  const encoder = new TextEncoder();
  const keys = rotating(sessionSecrets, (list) => list.map((secret) => encoder.encode(secret.reveal())));

  return async (c) => {
    const authorization = c.req.header('authorization');
    if (authorization !== undefined && !OTHER_SCHEME.test(authorization)) {
      const payload = await verifyToken(authorization, keys(), clock);
      return fromToken(payload, c.req.header('origin'));
    }
    if (identify) return fromApp(await asked(identify, c));
    if (!openSignup) throw new Refusal('session_required');
    const key = c.req.header('idempotency-key') ?? '';
    if (!IDEMPOTENCY_KEY.test(key)) throw new Refusal('identity_required');
    const externalId = await openExternalId(key, hashing);
    return { externalId, email: null, businessName: null, open: true };
  };
}

async function verifyToken(
  authorization: string,
  keys: readonly Uint8Array[],
  clock: Clock,
): Promise<JWTPayload> {
  const token = authorization.length <= MAX_TOKEN_CHARACTERS ? BEARER.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw new Refusal('session_invalid');
  const { JWSSignatureVerificationFailed, JWTExpired, jwtVerify } = await (jose ??= loadJose());
  const nowMs = clock.now();
  const options = {
    algorithms: ['HS256'],
    audience: AUDIENCE,
    clockTolerance: SKEW_S,
    currentDate: new Date(nowMs),
    requiredClaims: ['sub', 'exp'],
  };
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, options);
      const nowS = nowMs / 1000;
      const late = (payload.exp ?? Infinity) > nowS + LONGEST_S + SKEW_S;
      if (late || (payload.iat ?? 0) > nowS + SKEW_S) throw new Refusal('session_invalid');
      return payload;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (error instanceof JWTExpired) throw new Refusal('session_expired');
      if (!(error instanceof JWSSignatureVerificationFailed)) break;
    }
  }
  throw new Refusal('session_invalid');
}

function fromToken(payload: JWTPayload, origin: string | undefined): Identity {
  const { sub, email, business_name: businessName, origin: statedOrigin } = payload;
  if (!isExternalId(sub))
    throw new Refusal('session_invalid', { detail: `sub of the session token is ${EXTERNAL_ID_RULE}.` });
  if (statedOrigin !== undefined) {
    if (typeof statedOrigin !== 'string') throw new Refusal('session_invalid');
    if (origin !== undefined && origin !== statedOrigin)
      throw new Refusal('origin_not_allowed', { detail: 'The session token was made for another origin.' });
  }
  const stated = statedFields(email, businessName);
  if (!stated)
    throw new Refusal('session_invalid', {
      detail: `email of the session token is ${STATED_EMAIL}, business_name ${STATED_NAME}.`,
    });
  return { externalId: sub, ...stated, open: false };
}

/** Hono answers only what is an Error; the app's own code may throw anything. */
async function asked(
  identify: NonNullable<IdentityOptions['identify']>,
  c: Context,
): Promise<Identified | null> {
  try {
    return await identify(c);
  } catch (error) {
    throw error instanceof Error ? error : new IdentifyMistake('it threw what is no Error.');
  }
}

function fromApp(identified: Identified | null): Identity {
  // Undefined too: an app in JavaScript may say `user && { … }`.
  if (!identified) throw new Refusal('session_required', { detail: 'Sign in first.' });
  const { externalId, email, businessName } = identified;
  const stated = statedFields(email, businessName);
  // What the partner's own code got wrong is a defect there; the log says which.
  if (!isExternalId(externalId)) throw new IdentifyMistake(`externalId is a string: ${EXTERNAL_ID_RULE}.`);
  if (!stated) throw new IdentifyMistake(`email is ${STATED_EMAIL}, businessName ${STATED_NAME}.`);
  return { externalId, ...stated, open: false };
}

function statedFields(
  email: unknown,
  businessName: unknown,
): { email: string | null; businessName: string | null } | null {
  const checkedEmail = emailSchema.nullish().safeParse(email);
  const checkedName = businessNameSchema.nullish().safeParse(businessName);
  if (!checkedEmail.success || !checkedName.success) return null;
  return { email: checkedEmail.data ?? null, businessName: checkedName.data ?? null };
}
