/** A proxy that keeps its promises, and a way to it that keeps none. */
import type { Organization } from '../../proxy/contract.ts';
import type { Treatment } from './actions.ts';
import type { Challenges } from './challenges.ts';
import type { Request } from './stage.ts';
import { subjectOf, type Tokens } from './tokens.ts';

/** What the proxy knows of one customer. */
type Row = {
  organization: Organization | null;
  /** The address that an organization was made with, or is about to be. */
  email: string | null;
  isInHand: boolean;
};

/** A proxy for one sequence. */
export type Proxy = ReturnType<typeof createProxy>;

/** What session tokens state of a customer. */
export const STATED: Record<string, string> = { bo: 'bo@stated.example' };

/** The proxy's name for who asks. */
export const externalIdOf = ({ key, token }: Pick<Request, 'key' | 'token'>): string =>
  token ? subjectOf(token) : `ks_${key}`;

/** Refuses a request. */
const problem = (request: Request, status: number, code: string, more = {}, headers = {}) =>
  request.answer(status, { status, code, requestId: 'req_1', ...more }, headers);

/** A proxy without customers, which takes what `tokens` gives, and asks for `challenges`. */
export function createProxy({ isExpired, end }: Tokens, challenges: Challenges) {
  const rows = new Map<string, Row>();
  /** Signups that are on their way and have no answer. */
  const late: Request[] = [];

  function rowOf(externalId: string): Row {
    const row = rows.get(externalId) ?? { organization: null, email: null, isInHand: false };
    rows.set(externalId, row);
    return row;
  }

  function provision(externalId: string, row: Row): void {
    row.isInHand = false;
    row.organization = {
      externalId,
      organizationIdentifier: `org-${externalId}`,
      organizationSlug: 'acme',
      clientKey: `ck_test_${externalId}`,
      delivery: 'pending',
    };
  }

  /** Whether a signup is one of its own, and has not proved its work. */
  function isUnproved(request: Request): boolean {
    const externalId = externalIdOf(request);
    const { organization, isInHand } = rowOf(externalId);
    return !organization && !isInHand && !challenges.spend(request, externalId);
  }

  /** Takes a signup in; true when it is the first. */
  function take(request: Request): boolean {
    const row = rowOf(externalIdOf(request));
    if (row.organization || row.isInHand) return false;
    row.isInHand = true;
    row.email = STATED[externalIdOf(request)] ?? request.body!.email!;
    return true;
  }

  /** Lets arrive what is on its way, as it was sent. */
  function arrive(): void {
    for (const request of late.splice(0))
      if (!isExpired(request.token) && !isUnproved(request)) take(request);
  }

  /** Answers truly. */
  function answer(request: Request, isCut = false): void {
    const externalId = externalIdOf(request);
    if (isExpired(request.token)) return problem(request, 401, 'session_expired');
    arrive();
    const row = rowOf(externalId);
    if (request.path === 'session') {
      const { isInHand: pending, organization } = row;
      const email = STATED[externalId] ?? null;
      const stated = { environment: 'sandbox', email, businessName: null, pending, organization };
      const challenge = challenges.isAsked() ? 'required' : 'none';
      return request.answer(200, { ...stated, challenge }, {}, isCut);
    }
    if (request.path === 'challenge')
      return challenges.isAsked()
        ? request.answer(200, challenges.give(externalId), {}, isCut)
        : problem(request, 404, 'not_found');
    if (isUnproved(request)) return problem(request, 403, 'challenge_failed');
    const isFirst = take(request);
    if (row.isInHand && !isFirst)
      return request.answer(202, { status: 'pending' }, { 'retry-after': '1' }, isCut);
    if (isFirst) provision(externalId, row);
    request.answer(isFirst ? 201 : 200, row.organization, {}, isCut);
  }

  return {
    rows,

    /** Does with a request what happens to it. What would not be true of the customer is a plain answer. */
    treat(request: Request, treatment: Treatment): void {
      const isSignup = request.path === 'organizations';
      const { organization, isInHand } = rowOf(externalIdOf(request));
      const isRefusable = isSignup && !organization && !isInHand;
      switch (treatment) {
        case 'lost':
          if (isSignup) late.push(request);
          return request.fail();
        case 'cut off':
          return answer(request, true);
        case 'in hand':
          if (!isRefusable || isExpired(request.token)) return answer(request);
          if (isUnproved(request)) return problem(request, 403, 'challenge_failed');
          take(request);
          return request.answer(202, { status: 'pending' }, { 'retry-after': '2' });
        case 'unreachable':
          return request.fail();
        case 'failed':
          return problem(request, 500, 'internal_error');
        case 'failed by a gateway':
          return request.answer(502, '<h1>Bad gateway</h1>');
        case 'too busy':
          return problem(request, 503, 'overloaded', {}, { 'retry-after': '2' });
        case 'limited':
          return problem(request, 429, 'rate_limited', {}, { 'retry-after': '3' });
        case 'not proved':
          challenges.endAll();
          return answer(request);
        case 'taken':
        case 'invalid': {
          if (!isRefusable || isExpired(request.token)) return answer(request);
          if (isUnproved(request)) return problem(request, 403, 'challenge_failed');
          const errors = [{ pointer: '/email', code: treatment, detail: '' }];
          return treatment === 'taken'
            ? problem(request, 409, 'email_taken', { errors })
            : problem(request, 422, 'validation_failed', { errors });
        }
        case 'expired':
          if (request.token) end(request.token);
          return answer(request);
        case 'late':
          if (isSignup) late.push(request);
          return;
        case 'answered':
          return answer(request);
      }
    },

    /** The element let go of a request: a signup may arrive all the same. */
    letGo(request: Request): void {
      if (request.path === 'organizations') late.push(request);
    },

    /** Whether something of `externalId` has no outcome yet. */
    isOpen: (externalId: string): boolean =>
      rowOf(externalId).isInHand || late.some((request) => externalIdOf(request) === externalId),

    /** Brings what is in hand, or on its way, to its end. */
    provision(): void {
      arrive();
      for (const [externalId, row] of rows) if (row.isInHand) provision(externalId, row);
    },

    /** The backends have every secret key. */
    deliver(): void {
      for (const row of rows.values()) if (row.organization) row.organization.delivery = 'delivered';
    },
  };
}
