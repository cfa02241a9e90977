/** What a browser is answered. Its only view of an organization is built by one literal, here. */
import type { Context } from 'hono';
import type { Organization, PendingAnswer, SessionAnswer } from './contract.ts';
import { answerJson } from './gate.ts';
import type { Identity } from './identity.ts';
import type { Environment } from './limits.ts';
import type { GateEnv } from './passage.ts';
import { policyOf } from './charges.ts';
import { Refusal, fieldError } from './problem.ts';
import type { Reply } from './reception.ts';
import type { Row } from './row.ts';

/** Everything a browser may see of an organization; the literal that invariant 1 rests on. */
function organizationOf(row: Row): Organization | null {
  if (row.organizationIdentifier === null) return null;
  return {
    externalId: row.externalId,
    organizationIdentifier: row.organizationIdentifier,
    organizationSlug: row.organizationSlug,
    clientKey: row.clientKey,
    delivery: row.deliveredAt === null ? 'pending' : 'delivered',
  };
}

/** What `GET /v1/session` answers. */
export function sessionOf(
  environment: Environment,
  customer: Identity,
  row: Row | null,
  isChallenged: boolean,
): SessionAnswer {
  return {
    environment,
    email: customer.email,
    businessName: customer.businessName,
    challenge: isChallenged ? 'required' : 'none',
    pending: row?.state === 'requested',
    organization: row && organizationOf(row),
  };
}

/** A reply as an answer; refusals are thrown. */
export function answer(c: Context<GateEnv>, reply: Reply): Response {
  switch (reply.reply) {
    case 'organization':
      return answerJson(c, organizationOf(reply.row), reply.created ? 201 : 200);
    case 'pending': {
      const body: PendingAnswer = { status: 'pending' };
      return answerJson(c, body, 202, { 'Retry-After': String(Math.ceil(reply.retryAfterMs / 1000)) });
    }
    case 'refused':
      throw reply.code === 'email_taken'
        ? new Refusal('email_taken', { errors: [fieldError('email', 'taken')] })
        : new Refusal('validation_failed', {
            detail: 'Kelviq did not accept these details.',
            errors: [fieldError('email', 'invalid')],
          });
    case 'unavailable':
      throw new Refusal('not_available', { retryAfterMs: reply.retryAfterMs });
    case 'upstream_failed':
      throw new Refusal('upstream_failed');
    case 'overloaded':
      throw new Refusal('overloaded', { retryAfterMs: reply.retryAfterMs });
    case 'challenge_failed':
      throw new Refusal('challenge_failed');
    case 'limited': {
      const { limit, retryAfterMs } = reply;
      const policy = policyOf(limit);
      // Others have spent what all share: no fault of this customer's, and no limit to be known by.
      if (policy === 'budget') throw new Refusal('overloaded', { retryAfterMs });
      const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
      throw new Refusal('rate_limited', {
        retryAfterMs,
        headers: {
          RateLimit: `"${policy}";r=0;t=${seconds}`,
          'RateLimit-Policy': `"${policy}";q=${limit.attempts};w=${limit.windowMs / 1000}`,
        },
      });
    }
  }
}
