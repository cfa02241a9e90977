import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { HttpFailure } from '../../proxy/http.ts';
import type { ProblemCode } from '../../proxy/limits.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';
import { conforms } from '../support/conforms.ts';
import { kelviqAnswer, kelviqSend, openApi, problemOf, signup } from '../support/api.ts';
import { NOW_S, SESSION_SECRET, sessionToken } from '../support/session-token.ts';
import { ORIGIN } from '../support/world.ts';

const inApp = { openSignup: false, sessionSecrets: [SESSION_SECRET] };

type Row = {
  status: number;
  code: ProblemCode;
  when: string;
  path?: string;
  request?: RequestInit;
  options?: Partial<OnboardingOptions>;
  headers?: Record<string, string>;
  pointers?: Record<string, string>;
};

const get = (headers: Record<string, string> = {}): RequestInit => ({ headers });
const upstream = (status: number, headers: Record<string, string> = {}): Partial<OnboardingOptions> => ({
  send: kelviqSend(() => kelviqAnswer(status, { detail: 'sk_test_1' }, headers)),
});
const withBearer = (token: string, headers: Record<string, string> = {}) =>
  get({ authorization: `Bearer ${token}`, ...headers });
const failingStore = { ...sqliteStore(':memory:'), open: () => Promise.reject(new Error('disk')) };

const TABLE: Row[] = [
  { status: 400, code: 'malformed_request', when: 'the body is cut off', request: signup('{') },
  { status: 400, code: 'malformed_request', when: 'there is no body', request: signup('') },
  {
    status: 400,
    code: 'malformed_request',
    when: 'the body is not UTF-8',
    request: signup(new Uint8Array([0x22, 0xc3, 0x28, 0x22])),
  },
  {
    status: 400,
    code: 'malformed_request',
    when: 'the body ends inside a character',
    request: signup(new Uint8Array([0x22, 0x61, 0x22, 0xc3])),
  },
  { status: 401, code: 'session_required', when: 'no token came', path: '/v1/session', options: inApp },
  {
    status: 401,
    code: 'session_required',
    when: 'the app knows nobody',
    path: '/v1/session',
    options: { identify: () => null },
  },
  {
    status: 401,
    code: 'session_invalid',
    when: 'the token is none',
    path: '/v1/session',
    options: inApp,
    request: withBearer('a.b.c'),
  },
  {
    status: 401,
    code: 'session_expired',
    when: 'the token is old',
    path: '/v1/session',
    options: inApp,
    request: withBearer(sessionToken({ exp: NOW_S - 60 })),
  },
  { status: 401, code: 'identity_required', when: 'no key came', path: '/v1/session' },
  {
    status: 403,
    code: 'origin_not_allowed',
    when: 'the page is not listed',
    request: signup(undefined, { origin: 'https://b.example' }),
  },
  {
    status: 403,
    code: 'origin_not_allowed',
    when: 'a POST names no origin',
    request: signup(undefined, { origin: null }),
  },
  {
    status: 403,
    code: 'origin_not_allowed',
    when: 'the token is for another page',
    path: '/v1/session',
    options: inApp,
    request: withBearer(sessionToken({ origin: 'https://b.example' }), { origin: ORIGIN }),
  },
  { status: 404, code: 'not_found', when: 'the path is unknown', path: '/v1/nothing', request: get() },
  { status: 404, code: 'not_found', when: 'the path is longer', path: '/v1/session/', request: get() },
  { status: 404, code: 'not_found', when: 'the path is climbing', path: '/v2/../v1', request: get() },
  { status: 404, code: 'not_found', when: 'no challenge is needed', path: '/v1/challenge', request: get() },
  {
    status: 409,
    code: 'email_taken',
    when: 'Kelviq answers 409',
    options: upstream(409),
    pointers: { '/email': 'taken' },
  },
  {
    status: 413,
    code: 'body_too_large',
    when: 'the body has a byte too many',
    request: signup(JSON.stringify({ email: 'x'.repeat(8193 - 12) })),
  },
  {
    status: 413,
    code: 'body_too_large',
    when: 'the length says so',
    request: signup('{}', { 'content-length': '8193' }),
  },
  {
    status: 415,
    code: 'unsupported_media_type',
    when: 'a form came',
    request: signup('email=a', { 'content-type': 'application/x-www-form-urlencoded' }),
  },
  {
    status: 415,
    code: 'unsupported_media_type',
    when: 'plain text came',
    request: signup('{}', { 'content-type': 'text/plain' }),
  },
  {
    status: 415,
    code: 'unsupported_media_type',
    when: 'a type only begins alike',
    request: signup('{}', { 'content-type': 'application/json-seq' }),
  },
  {
    status: 422,
    code: 'validation_failed',
    when: 'the e-mail is none',
    request: signup('{"email":"nobody"}'),
    pointers: { '/email': 'invalid' },
  },
  ...[400, 422].map((status): Row => ({
    status: 422,
    code: 'validation_failed',
    when: `Kelviq answers ${status}`,
    options: upstream(status),
    pointers: { '/email': 'invalid' },
  })),
  {
    status: 500,
    code: 'internal_error',
    when: "the app's own code throws",
    path: '/v1/session',
    options: {
      identify: () => {
        throw new Error('sk_test_1');
      },
    },
  },
  {
    status: 500,
    code: 'internal_error',
    when: 'the app says an id that is not allowed',
    path: '/v1/session',
    options: { identify: () => ({ externalId: '../sk_test_1' }) },
  },
  ...[301, 404, 418, 428].map((status): Row => ({
    status: 502,
    code: 'upstream_failed',
    when: `Kelviq answers ${status}`,
    options: upstream(status),
  })),
  ...[401, 403].map((status): Row => ({
    status: 503,
    code: 'not_available',
    when: `Kelviq answers ${status}`,
    options: upstream(status),
    headers: { 'retry-after': '180' },
  })),
  {
    status: 503,
    code: 'not_available',
    when: 'Kelviq has had enough',
    options: upstream(429, { 'retry-after': '17' }),
    headers: { 'retry-after': '17' },
  },
  {
    status: 503,
    code: 'not_available',
    when: 'Kelviq cannot be reached',
    options: { send: () => Promise.reject(new HttpFailure('ECONNREFUSED', false)) },
    headers: { 'retry-after': '5' },
  },
  {
    status: 503,
    code: 'not_available',
    when: 'the store does not open',
    options: { store: failingStore },
    headers: { 'retry-after': '5' },
  },
];

for (const [method, path, allow] of [
  ['GET', '/v1/organizations', 'POST, OPTIONS'],
  ['PUT', '/v1/organizations', 'POST, OPTIONS'],
  ['DELETE', '/v1/session', 'GET, HEAD, OPTIONS'],
  ['POST', '/v1/session', 'GET, HEAD, OPTIONS'],
  ['POST', '/v1/challenge', 'GET, HEAD, OPTIONS'],
] as const)
  TABLE.push({
    status: 405,
    code: 'method_not_allowed',
    when: `${method} ${path}`,
    path,
    request: { method, headers: { origin: ORIGIN } },
    headers: { allow },
  });

for (const place of ['at the root', 'mounted'] as const)
  describe(`problems, ${place}`, () => {
    for (const row of TABLE)
      it(`${row.status} ${row.code} when ${row.when}`, async (t) => {
        const { app, mounted } = openApi(t, row.options);
        const { path = '/v1/organizations', request = path === '/v1/session' ? get() : signup() } = row;
        const response = await (place === 'mounted'
          ? mounted.request(`/kelviq${path}`, request)
          : app.request(path, request));
        await conforms(response, request.method ?? 'GET', path);
        const { status, code, errors, ...rest } = await problemOf(response);
        assert.deepEqual([status, code], [row.status, row.code]);
        assert.equal(response.headers.get('www-authenticate'), status === 401 ? 'Bearer' : null);
        assert.doesNotMatch(JSON.stringify(rest), /sk_test|kvqp/);
        const pointed = errors?.map((error) => [error.pointer, error.code]);
        assert.deepEqual(pointed && Object.fromEntries(pointed), row.pointers);
        for (const [name, value] of Object.entries(row.headers ?? {}))
          assert.equal(response.headers.get(name), value);
      });
  });
