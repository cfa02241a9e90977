/**
 * The wire between browser and proxy: zod schemas, their types, and the shapes that cross it.
 * It holds no behaviour. Plain numbers and codes live in limits.ts, which the widget shares.
 */
import { z } from 'zod';
import { LIMITS, type Environment, type FieldErrorCode, type ProblemCode } from './limits.ts';
import { EMAIL_PATTERN, codePoints, hasForbiddenCharacters } from './text.ts';

/** Text as a customer types it: well-formed, no control or bidi-override characters, trimmed. */
const line = (maxCodePoints: number) =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'required' : 'invalid') })
    .transform((value) => value.trim())
    .refine((value) => codePoints(value) <= maxCodePoints, { error: 'too_long', abort: true })
    .refine((value) => !hasForbiddenCharacters(value), { error: 'invalid', abort: true });

/** An e-mail address: trimmed, at most 254 code points; its exact rules are Kelviq's. */
export const emailSchema = line(LIMITS.emailCodePoints)
  .refine((value) => value !== '', { error: 'required', abort: true })
  .refine((value) => EMAIL_PATTERN.test(value), { error: 'invalid' });

/** A business name: trimmed, at most 200 code points; an empty one counts as none. */
export const businessNameSchema = line(LIMITS.businessNameCodePoints).transform((value) => value || null);

/** Body of `POST /v1/organizations`. `email` may be missing only where the session states one. */
export const signupSchema = z.strictObject({
  email: emailSchema.optional(),
  businessName: businessNameSchema.nullish(),
  challenge: z.string('invalid').max(4096, 'too_long').optional(),
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
