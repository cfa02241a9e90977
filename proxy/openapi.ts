/**
 * The proxy in OpenAPI 3.1: routes and answers are named here, shapes come from contract.ts, statuses
 * and words of refusals from problem.ts. It describes; nothing is checked against it at run time.
 */
import { wireSchemas, type JsonSchema, type SchemaName } from './json-schema.ts';
import type { ProblemCode } from './limits.ts';
import { describeProblem } from './problem.ts';

type Answer = { description: string; headers?: JsonSchema; content?: JsonSchema };

const IDENTITY: readonly ProblemCode[] = [
  'session_required',
  'session_invalid',
  'session_expired',
  'identity_required',
];
const ANYWHERE: readonly ProblemCode[] = [
  'origin_not_allowed',
  'internal_error',
  'not_available',
  'overloaded',
];

const ref = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const header = (name: string): JsonSchema => ({ $ref: `#/components/headers/${name}` });
const REQUEST_ID = { 'X-Request-Id': header('RequestId') };
const RETRY = { 'Retry-After': header('RetryAfter') };

function json(description: string, schema: JsonSchema, headers: JsonSchema = REQUEST_ID): Answer {
  return { description, headers, content: { 'application/json': { schema } } };
}

/** The refusals of a route by status; where several share one, `code` tells them apart. */
function refusals(codes: readonly ProblemCode[]): Record<string, Answer> {
  const answers: Record<string, Answer> = {};
  for (const status of new Set(codes.map((code) => describeProblem(code).status))) {
    const own = codes.filter((code) => describeProblem(code).status === status);
    const limited = { RateLimit: header('RateLimit'), 'RateLimit-Policy': header('RateLimitPolicy') };
    answers[status] = {
      description: own.map((code) => `\`${code}\`: ${describeProblem(code).detail}`).join('\n\n'),
      headers: {
        ...REQUEST_ID,
        ...((status === 429 || status === 503) && RETRY),
        ...(status === 429 && limited),
        ...(status === 401 && { 'WWW-Authenticate': header('WayIn') }),
      },
      content: {
        'application/problem+json': {
          schema: { ...ref('Problem'), properties: { status: { const: status }, code: { enum: own } } },
        },
      },
    };
  }
  return answers;
}

const CUSTOMER = [{ session: [] }, { idempotencyKey: [] }, {}];

function file(
  description: string,
  type: string,
  parameters: readonly JsonSchema[] = [],
  content = 'string',
): JsonSchema {
  const fresh = { ETag: { schema: { type: 'string' } } };
  return {
    get: {
      tags: ['drop-in'],
      summary: description,
      security: [],
      ...(parameters.length > 0 && { parameters }),
      responses: {
        200: {
          description,
          headers: fresh,
          content: { [type]: { schema: { type: content } } },
        },
        304: { description: 'Unchanged since the ETag in If-None-Match.', headers: fresh },
        ...(parameters.length > 0 && refusals(['not_found'])),
      },
    },
  };
}

const inPath = (name: string, description: string, example: string): JsonSchema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
  example,
});

function tag(name: string, summary: string, description: string): JsonSchema {
  return { tags: [name], summary, description };
}

function shape(description: string, properties: JsonSchema): JsonSchema {
  return { type: 'object', description, properties, required: Object.keys(properties) };
}

function routes(version: string): JsonSchema {
  const ready = shape('How the parts are.', {
    store: { enum: ['ok', 'unavailable'] },
    partnerKey: { enum: ['unknown', 'ok', 'refused'] },
  });
  const release = inPath('version', 'Exactly this release; its bytes never change.', version);
  return {
    '/v1/session': {
      get: {
        ...tag(
          'onboarding',
          'Who the customer is, and how far',
          'Reads one row and writes nothing. Asked on load, on reload and while waiting for delivery.',
        ),
        operationId: 'getSession',
        security: CUSTOMER,
        responses: { 200: json('The customer.', ref('Session')), ...refusals([...IDENTITY, ...ANYWHERE]) },
      },
    },
    '/v1/challenge': {
      get: {
        ...tag(
          'onboarding',
          'A challenge for the next POST',
          'Where the session says `challenge: "required"`, else 404.',
        ),
        operationId: 'getChallenge',
        security: CUSTOMER,
        responses: {
          200: json('A fresh challenge, good for five minutes.', ref('Challenge')),
          ...refusals([...IDENTITY, ...ANYWHERE, 'not_found']),
        },
      },
    },
    '/v1/organizations': {
      post: {
        ...tag(
          'onboarding',
          'Sign up',
          'Sending the same request again is safe, at any time, and gives the outcome. `email` may be missing only where the session states one.',
        ),
        operationId: 'createOrganization',
        security: CUSTOMER,
        requestBody: { required: true, content: { 'application/json': { schema: ref('Signup') } } },
        responses: {
          200: json('This customer’s organization, created before.', ref('Organization')),
          201: json('Created now, for this e-mail address.', ref('Organization')),
          202: json('The outcome is not known yet.', ref('Pending'), { ...REQUEST_ID, ...RETRY }),
          ...refusals([
            'malformed_request',
            ...IDENTITY,
            ...ANYWHERE,
            'challenge_failed',
            'email_taken',
            'body_too_large',
            'unsupported_media_type',
            'validation_failed',
            'rate_limited',
            'upstream_failed',
          ]),
        },
      },
    },
    '/healthz': {
      get: {
        ...tag('operation', 'The process is up', ''),
        security: [],
        responses: {
          200: json(
            'It is.',
            shape('The process.', { status: { const: 'ok' }, version: { type: 'string' } }),
            {},
          ),
        },
      },
    },
    '/readyz': {
      get: {
        ...tag(
          'operation',
          'The database can be used',
          'A partner key that Kelviq refuses is said, and does not fail it.',
        ),
        security: [],
        responses: { 200: json('It can.', ready, {}), 503: json('It cannot.', ready, {}) },
      },
    },
    '/openapi.json': {
      get: {
        ...tag('operation', 'This document', ''),
        security: [],
        responses: { 200: json('OpenAPI 3.1.', { type: 'object' }, {}) },
      },
    },
    '/kelviq-onboarding.js': file('The drop-in, an ES module in one file.', 'text/javascript'),
    '/kelviq-onboarding.global.js': file('The drop-in as a classic script.', 'text/javascript'),
    '/kelviq-onboarding.{version}.js': file('The drop-in, immutable, for `integrity`.', 'text/javascript', [
      release,
    ]),
    '/kelviq-onboarding.{version}.global.js': file('The classic script, immutable.', 'text/javascript', [
      release,
    ]),
    '/kelviq-onboarding.css': file('Keeps a page from shifting before the script has run.', 'text/css'),
    '/locales/{tag}.json': file(
      'Words of one language, as data.',
      'application/json',
      [inPath('tag', 'BCP 47.', 'de')],
      'object',
    ),
    '/snippets.json': file(
      'Code that customers paste into their site, as data.',
      'application/json',
      [],
      'array',
    ),
    '/kelviq-onboarding.debug.js': file('A panel for developers of the page.', 'text/javascript'),
  };
}

const DELIVERY_HEADERS = [
  ['webhook-id', 'The same on every try of one delivery.'],
  ['webhook-timestamp', 'Seconds since the epoch; refuse more than five minutes.'],
  ['webhook-signature', '`v1,<base64>`, several separated by spaces.'],
] as const;

/** The document. `version` is that of the package. */
export function openApiDocument(version: string): JsonSchema {
  return {
    openapi: '3.1.1',
    info: {
      title: 'kelviq-onboarding',
      version,
      description:
        'The proxy between <kelviq-onboarding> and Kelviq. A POST needs a listed `Origin`, a GET may come without one. HEAD goes where GET does. A path or method that is not here is answered with a Problem, 404 or 405.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '.', description: 'Where this document comes from.' }],
    tags: [{ name: 'onboarding' }, { name: 'operation' }, { name: 'drop-in' }],
    paths: routes(version),
    webhooks: {
      'organization.provisioned': {
        post: {
          summary: 'A delivery to the partner’s backend, by Standard Webhooks',
          operationId: 'organizationProvisioned',
          security: [],
          parameters: DELIVERY_HEADERS.map(([name, description]) => ({
            name,
            in: 'header',
            required: true,
            description,
            schema: { type: 'string' },
          })),
          requestBody: { required: true, content: { 'application/json': { schema: ref('DeliveryEvent') } } },
          responses: {
            '2XX': { description: 'Stored. Nothing else counts as delivered.' },
            default: { description: 'Tried again later.' },
          },
        },
      },
    },
    components: {
      schemas: wireSchemas((name) => `#/components/schemas/${name}`),
      headers: {
        RequestId: {
          description: 'The reference of this request, or of the signup that it is about.',
          schema: { type: 'string' },
        },
        RetryAfter: { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } },
        RateLimit: {
          description: 'Which limit, and seconds until it is over: `"email";r=0;t=60`.',
          schema: { type: 'string' },
        },
        RateLimitPolicy: {
          description: 'That limit, and its seconds: `"email";q=5;w=3600`.',
          schema: { type: 'string' },
        },
        WayIn: { description: 'The scheme of a session token.', schema: { const: 'Bearer' } },
      },
      securitySchemes: {
        session: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A session token, signed by the partner’s backend with SESSION_SECRET (HS256).',
        },
        idempotencyKey: {
          type: 'apiKey',
          in: 'header',
          name: 'Idempotency-Key',
          description: 'Open sign-up: 22 to 128 of A-Z a-z 0-9 _ -, random, and the customer’s to keep.',
        },
      },
    },
  };
}
