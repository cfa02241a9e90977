/**
 * The wire between browser and proxy: zod schemas, their types, and the shapes that cross it.
 * It holds no behaviour. Plain numbers and codes live in limits.ts, which the widget shares.
 */
import { z } from 'zod';
import { LIMITS, MOST, type Environment, type FieldErrorCode, type ProblemCode } from './limits.ts';
import { withAsciiDomain } from './mailbox.ts';
import { EMAIL_PATTERN, codePoints, hasForbiddenCharacters } from './text.ts';

/** Text as a customer types it: well-formed, no control or bidi-override characters, trimmed. */
const line = (maxCodePoints: number) =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'required' : 'invalid') })
    .transform((value) => value.trim())
    .refine((value) => codePoints(value) <= maxCodePoints, { error: 'too_long', abort: true })
    .refine((value) => !hasForbiddenCharacters(value), { error: 'invalid', abort: true });

/** An e-mail address: trimmed, its domain in ASCII, at most 254 code points; its exact rules are Kelviq's. */
export const emailSchema = line(MOST.email)
  .refine((value) => value !== '', { error: 'required', abort: true })
  .refine((value) => EMAIL_PATTERN.test(value), { error: 'invalid', abort: true })
  .transform((value) => withAsciiDomain(value) ?? '')
  .refine((value) => codePoints(value) <= MOST.email, { error: 'too_long', abort: true })
  .refine((value) => EMAIL_PATTERN.test(value), { error: 'invalid' });

/** A business name: trimmed, at most 200 code points; an empty one counts as none. */
export const businessNameSchema = line(MOST.businessName).transform((value) => value || null);

/**
 * Body of `POST /v1/organizations`. `email` may be missing only where the session states one;
 * `challenge` is a solved challenge (see `Challenge`), read only where a new attempt needs one.
 */
export const signupSchema = z.strictObject({
  email: emailSchema.optional(),
  businessName: businessNameSchema.nullish(),
  challenge: z.string('invalid').max(LIMITS.challengeCharacters, 'too_long').optional(),
});

/** The same where no session can state an e-mail. */
export const openSignupSchema = signupSchema.extend({ email: emailSchema });

/** A checked body of `POST /v1/organizations`. */
export type Signup = z.output<typeof signupSchema>;

/** Everything a browser may learn about an organization; all of it is public. */
export type Organization = {
  externalId: string;
  organizationIdentifier: string;
  organizationSlug: string | null;
  clientKey: string | null;
  delivery: 'pending' | 'delivered';
};

/** Answer of `GET /v1/session`; `email` and `businessName` are what the session states. */
export type SessionAnswer = {
  environment: Environment;
  email: string | null;
  businessName: string | null;
  challenge: 'required' | 'none';
  pending: boolean;
  organization: Organization | null;
};

/**
 * Answer of `GET /v1/challenge`: an ALTCHA challenge (version 2, `PBKDF2/SHA-256`) for the next POST
 * of this customer. Byte strings are lower-case hex; `expiresAt` is in seconds since the epoch.
 *
 * It is solved by trying counters 0, 1, 2 …: the password is the 16 bytes of `nonce` and then the
 * counter as 4 bytes, big-endian; PBKDF2 with HMAC-SHA-256, the bytes of `salt` and `cost` iterations
 * derives `keyLength` bytes from it. The first counter whose key begins with `keyPrefix` is the
 * solution; there is one below twice the proxy's `CHALLENGE_DIFFICULTY`.
 *
 * A good solution is spent by the attempt that it opens. Any other POST may leave it out, and who is
 * answered `challenge_failed` asks for a fresh one.
 */
export type Challenge = {
  parameters: {
    algorithm: string;
    cost: number;
    expiresAt: number;
    keyLength: number;
    keyPrefix: string;
    keySignature: string;
    nonce: string;
    salt: string;
  };
  signature: string;
};

/**
 * The `challenge` member of the POST, as standard base64 of its JSON. `challenge` is what was
 * answered, unchanged; `derivedKey` is the whole key in lower-case hex. More members of `solution`,
 * such as ALTCHA's `time`, are fine.
 */
export type SolvedChallenge = { challenge: Challenge; solution: { counter: number; derivedKey: string } };

/** 202 answer of `POST /v1/organizations`: the same POST sent again gives the outcome. */
export type PendingAnswer = { status: 'pending' };

/** One wrong member of a request. `pointer` is an RFC 6901 JSON pointer into the body. */
export type FieldError = { pointer: string; code: FieldErrorCode; detail: string };

/** An RFC 9457 refusal. `code` is stable; `title` and `detail` are for developers. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  requestId: string;
  errors?: FieldError[];
};

/** Body of the delivery event; the one place where `serverKey` leaves the proxy, sealed where the partner gave a key. */
export type DeliveryEvent = {
  type: 'organization.provisioned';
  timestamp: string;
  data: {
    externalId: string;
    email: string | null;
    businessName: string | null;
    userId: number | null;
    organizationIdentifier: string;
    organizationSlug: string | null;
    clientKey: string | null;
    serverKey: string;
    environment: Environment;
  };
};

/**
 * What `doctor --receiver` sends to see whether a receiver verifies; nothing has to be done about it.
 * `serverKey` is there where keys are sealed: it stands for none, and shows whether it can be opened.
 */
export type PingEvent = { type: 'ping'; timestamp: string; data: { serverKey?: string } };
