/**
 * The wire between browser and proxy: zod schemas, their types, and the shapes that cross it.
 * It holds no behaviour. Plain numbers and codes live in limits.ts, which the widget shares.
 */
import * as z from './zod.ts';
import { FIELD_ERROR_CODES, LIMITS, MOST, PROBLEM_CODES, type FieldErrorCode } from './limits.ts';
import { withAsciiDomain } from './mailbox.ts';
import { EMAIL_PATTERN, codePoints, hasForbiddenCharacters } from './text.ts';

/** Says what is wrong with a text. */
type Refuse = (code: FieldErrorCode) => never;

/**
 * Text as a customer types it: well-formed, no control or bidi-override characters, trimmed. `read` says
 * what it stands for. One step for all of it: each of its own costs more than what is looked at.
 */
const line = <Value>(maxCodePoints: number, read: (text: string, refuse: Refuse) => Value) =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'required' : 'invalid') })
    .transform((typed, { issues }) => {
      const refuse: Refuse = (message) => {
        issues.push({ code: 'custom', message, input: typed });
        return z.NEVER;
      };
      const text = typed.trim();
      if (isLonger(text, maxCodePoints)) return refuse('too_long');
      if (hasForbiddenCharacters(text)) return refuse('invalid');
      return read(text, refuse);
    });

/** No text has more code points than units, which need no counting. */
function isLonger(text: string, maxCodePoints: number): boolean {
  return text.length > maxCodePoints && codePoints(text) > maxCodePoints;
}

/** An e-mail address: trimmed, its domain in ASCII, at most 254 code points; its exact rules are Kelviq's. */
export const emailSchema = line(MOST.email, (text, refuse) => {
  if (text === '') return refuse('required');
  if (!EMAIL_PATTERN.test(text)) return refuse('invalid');
  const email = withAsciiDomain(text);
  if (email === text) return email;
  if (email === null) return refuse('invalid');
  if (isLonger(email, MOST.email)) return refuse('too_long');
  return EMAIL_PATTERN.test(email) ? email : refuse('invalid');
});

/** A business name: trimmed, at most 200 code points; an empty one counts as none. */
export const businessNameSchema = line(MOST.businessName, (text) => text || null);

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

const nullable = z.string().nullable();

const environmentSchema = z.enum(['sandbox', 'production']);

/** Everything a browser may learn about an organization; all of it is public. */
export const organizationSchema = z.object({
  externalId: z.string(),
  organizationIdentifier: z.string(),
  organizationSlug: nullable,
  clientKey: nullable.meta({ description: 'Public; null while Kelviq has not issued it yet.' }),
  delivery: z
    .enum(['pending', 'delivered'])
    .meta({ description: "Whether the partner's backend has the secret key." }),
});

/** Everything a browser may learn about an organization; all of it is public. */
export type Organization = z.output<typeof organizationSchema>;

/** Answer of `GET /v1/session`. */
export const sessionAnswerSchema = z.object({
  environment: environmentSchema,
  email: nullable.meta({ description: 'What the session states; the form shows it read-only.' }),
  businessName: nullable.meta({ description: 'What the session states; the form shows it read-only.' }),
  challenge: z
    .enum(['required', 'none'])
    .meta({ description: 'Whether the next POST needs a solved challenge.' }),
  pending: z
    .boolean()
    .meta({ description: 'A signup is under way: the same POST sent again gives its outcome.' }),
  organization: organizationSchema.nullable(),
});

/** Answer of `GET /v1/session`; `email` and `businessName` are what the session states. */
export type SessionAnswer = z.output<typeof sessionAnswerSchema>;

const HOW_TO_SOLVE = `An ALTCHA challenge (version 2, PBKDF2/SHA-256) for the next POST of this customer. Byte strings are lower-case hex; \`expiresAt\` is in seconds since the epoch.

It is solved by trying counters 0, 1, 2 …: the password is the 16 bytes of \`nonce\` and then the counter as 4 bytes, big-endian; PBKDF2 with HMAC-SHA-256, the bytes of \`salt\` and \`cost\` iterations derives \`keyLength\` bytes from it. The first counter whose key begins with \`keyPrefix\` is the solution; there is one below twice the proxy's CHALLENGE_DIFFICULTY.

The \`challenge\` member of the POST is standard base64 of the JSON \`{ "challenge": …, "solution": { "counter": …, "derivedKey": … } }\`: the challenge unchanged, and the whole key in lower-case hex. A good solution is spent by the attempt that it opens. Any other POST may leave it out, and who is answered \`challenge_failed\` asks for a fresh one.`;

const hex = z.string().regex(/^[0-9a-f]+$/);

/** Answer of `GET /v1/challenge`. */
export const challengeSchema = z
  .object({
    parameters: z.object({
      algorithm: z.string(),
      cost: z.int(),
      expiresAt: z.int(),
      keyLength: z.int(),
      keyPrefix: hex,
      keySignature: hex,
      nonce: hex,
      salt: hex,
    }),
    signature: hex,
  })
  .meta({ description: HOW_TO_SOLVE });

/** Answer of `GET /v1/challenge`; its schema says how it is solved. */
export type Challenge = z.output<typeof challengeSchema>;

/**
 * The `challenge` member of the POST, as standard base64 of its JSON. `challenge` is what was
 * answered, unchanged; `derivedKey` is the whole key in lower-case hex. More members of `solution`,
 * such as ALTCHA's `time`, are fine.
 */
export type SolvedChallenge = { challenge: Challenge; solution: { counter: number; derivedKey: string } };

/** 202 answer of `POST /v1/organizations`. */
export const pendingAnswerSchema = z
  .object({ status: z.literal('pending') })
  .meta({ description: 'The same POST sent again gives the outcome.' });

/** 202 answer of `POST /v1/organizations`: the same POST sent again gives the outcome. */
export type PendingAnswer = z.output<typeof pendingAnswerSchema>;

/** One wrong member of a request. */
export const fieldErrorSchema = z.object({
  pointer: z.string().meta({ description: 'RFC 6901 JSON pointer into the body; "" is the body itself.' }),
  code: z.enum(FIELD_ERROR_CODES),
  detail: z.string(),
});

/** One wrong member of a request. `pointer` is an RFC 6901 JSON pointer into the body. */
export type FieldError = z.output<typeof fieldErrorSchema>;

/** An RFC 9457 refusal. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES).meta({ description: 'Stable; decide by this one.' }),
    detail: z.string().meta({ description: 'For developers.' }),
    requestId: z.string().meta({ description: 'A reference that a customer may quote; the log has it too.' }),
    errors: z.array(fieldErrorSchema).exactOptional(),
  })
  .meta({ description: 'RFC 9457 problem details.' });

/** An RFC 9457 refusal. `code` is stable; `title` and `detail` are for developers. */
export type Problem = z.output<typeof problemSchema>;

/** Body of the delivery event. */
export const deliveryEventSchema = z
  .object({
    type: z.literal('organization.provisioned'),
    timestamp: z.iso.datetime(),
    data: z.object({
      externalId: z.string().meta({ description: 'Your id of the customer. Upsert by it.' }),
      email: nullable.meta({
        description: 'As typed, not proven; null when it is not known to be the owner’s.',
      }),
      businessName: nullable,
      userId: z.int().nullable(),
      organizationIdentifier: z.string(),
      organizationSlug: nullable,
      clientKey: nullable,
      serverKey: z.string().meta({
        description: 'The secret key; a compact JWE where the proxy has WEBHOOK_ENCRYPTION_KEY.',
      }),
      environment: environmentSchema,
    }),
  })
  .meta({
    description: 'Tells the partner’s backend of an organization. Signed as Standard Webhooks describe.',
  });

/** Body of the delivery event; the one place where `serverKey` leaves the proxy, sealed where the partner gave a key. */
export type DeliveryEvent = z.output<typeof deliveryEventSchema>;

/**
 * What `doctor --receiver` sends to see whether a receiver verifies; nothing has to be done about it.
 * `serverKey` is there where keys are sealed: it stands for none, and shows whether it can be opened.
 */
export type PingEvent = { type: 'ping'; timestamp: string; data: { serverKey?: string } };
