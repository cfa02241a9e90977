/** What every answer has to be like, whatever was asked. */
import { FIELD_ERROR_CODES, PROBLEM_CODES } from '../../proxy/limits.ts';
import { readAnswer, type Answer } from './wire.ts';

/** All headers that the server may send. */
const HEADERS = new Set([
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'allow',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-resource-policy',
  'date',
  'etag',
  'keep-alive',
  'ratelimit',
  'referrer-policy',
  'retry-after',
  'transfer-encoding',
  'vary',
  'www-authenticate',
  'x-content-type-options',
  'x-request-id',
]);

const STATUSES = new Set([200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429]);

/** What Kelviq, or too much work, may lead to; never a defect of ours. */
const DOCUMENTED = new Set(['upstream_failed', 'not_available', 'overloaded']);

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  problem: ['type', 'title', 'status', 'code', 'detail', 'requestId', 'errors'],
  '/v1/session': ['environment', 'email', 'businessName', 'challenge', 'pending', 'organization'],
  organization: ['externalId', 'organizationIdentifier', 'organizationSlug', 'clientKey', 'delivery'],
};

/** A head of so many bytes may be too large for Node, whose limit of 16,384 counts in its own way. */
const LARGE_HEAD = 16_000;

/** Why an answer is not as it has to be; null when it is. `path` is what was asked for, with `headBytes` of head. */
export function faultOf({ status, headers, body }: Answer, path: string, headBytes = 0): string | null {
  for (const [name, values] of headers) {
    if (!HEADERS.has(name)) return `header ${name}`;
    if (values.length !== 1) return `header ${name} ${values.length} times`;
  }
  if (headers.has('www-authenticate') !== (status === 401)) return `a way in, or none, with ${status}`;
  if (headers.get('access-control-allow-origin')?.[0] === '*' && !isAsset(path))
    return 'open to every origin';
  if (status >= 500) return faultOf5xx(status, body);
  // Node's own answer, before anything of ours has seen the request.
  if (status === 431 && headBytes >= LARGE_HEAD && body.length === 0) return null;
  if (!STATUSES.has(status)) return `status ${status}`;
  const type = headers.get('content-type')?.[0] ?? '';
  if (body.length > 0 && !headers.has('x-content-type-options') && path.startsWith('/v1/'))
    return 'an answer that may be sniffed';
  if (body.length > 0 && type.startsWith('application/problem+json')) return faultOfProblem(status, body);
  if (status >= 400) return body.length > 0 ? `a refusal of type ${type}` : null;
  if (/^\/v1\/(?:session|organizations)$/.test(path) && body.length > 0)
    return faultOfData(path, status, body);
  return null;
}

function faultOf5xx(status: number, body: Buffer): string | null {
  try {
    const { code } = JSON.parse(body.toString()) as { code: string };
    return DOCUMENTED.has(code) ? faultOfProblem(status, body) : `${status} ${code}`;
  } catch {
    return `${status} without a problem`;
  }
}

function faultOfProblem(status: number, body: Buffer): string | null {
  const problem = JSON.parse(body.toString()) as Record<string, unknown> & { errors?: { code: string }[] };
  const unknown = Object.keys(problem).find((member) => !MEMBERS['problem']?.includes(member));
  if (unknown) return `a problem with ${unknown}`;
  if (problem['status'] !== status) return `a problem of ${String(problem['status'])} at ${status}`;
  if (!PROBLEM_CODES.some((code) => code === problem['code'])) return `code ${String(problem['code'])}`;
  const strange = problem.errors?.find(({ code }) => !FIELD_ERROR_CODES.some((known) => known === code));
  return strange ? `field error ${strange.code}` : null;
}

function faultOfData(path: string, status: number, body: Buffer): string | null {
  const data = JSON.parse(body.toString()) as Record<string, unknown>;
  if (status === 202) return Object.keys(data).join() === 'status' ? null : 'a pending answer with more';
  const allowed = MEMBERS[path] ?? MEMBERS['organization'] ?? [];
  const unknown = Object.keys(data).find((member) => !allowed.includes(member));
  const organization = data['organization'] ?? {};
  const inner = Object.keys(organization).find((member) => !MEMBERS['organization']?.includes(member));
  return unknown || inner ? `an answer with ${unknown ?? inner}` : null;
}

function isAsset(path: string): boolean {
  return /^\/(?:kelviq-onboarding[\w.-]*|(?:locales\/[\w-]+|openapi|snippets)\.json)(?:[?#].*)?$/.test(path);
}

/** The same for everything that came back from one connection: whole answers, one after another, and nothing else. */
export function faultOfStream(bytes: Buffer): string | null {
  let rest = bytes;
  while (rest.length > 0) {
    let read;
    try {
      // A HEAD among them has no body, though its head says how long it would be.
      const next = rest.indexOf('\r\n\r\n') + 4;
      const bodiless = rest.length === next || rest.toString('latin1', next, next + 9) === 'HTTP/1.1 ';
      read = readAnswer(rest, bodiless);
    } catch (error) {
      return (error as Error).message;
    }
    if (!read) return `half an answer: ${JSON.stringify(rest.toString('latin1', 0, 100))}`;
    const { status, headers } = read.answer;
    // Node's own answers to what is no request have no body and no code.
    const nodes = [400, 408, 413, 417, 431, 426].includes(status) && !headers.has('content-type');
    const fault = status < 200 || nodes ? null : faultOf(read.answer, '');
    if (fault && fault !== 'open to every origin') return fault;
    rest = rest.subarray(read.length);
  }
  return null;
}
