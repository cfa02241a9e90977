/** What browsers, and those who are none, might send: well framed, and hostile in everything else. */
import * as fc from 'fast-check';
import { body } from './bodies.ts';
import { signedFor, token, type Target } from './tokens.ts';
import { goodEmail, headerText, latin1 } from './values.ts';

/** One request; its bytes are made by `bytesOf`. */
export type Hostile = {
  method: string;
  path: string;
  headers: [string, string][];
  body: Buffer | null;
  /** How the body is framed. */
  framing: 'length' | 'chunks' | 'many chunks';
};

const path = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('/v1/organizations', '/v1/session', '/v1/challenge') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '/',
      '/healthz',
      '/readyz',
      '/openapi.json',
      '/kelviq-onboarding.js',
      '/kelviq-onboarding.css',
      '/locales/de.json',
      '/locales/../package.json',
      '/locales/%2e%2e%2fpackage.json',
      '/../etc/passwd',
      '/v1/organizations/',
      '//v1/organizations',
      '/V1/Organizations',
      '/v1/organizations%00',
      '/v1/%6frganizations',
      '/v1/session?externalId=x',
      '/v1;/session',
      '/%',
      '/%ff',
      '/%c0%ae',
      '/__proto__',
      '/constructor',
      '/.env',
      '/kelviq-onboarding.0.0.0.js',
      '/metrics',
      'http://evil.example/v1/session',
      '/v1/session#x',
      '*',
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: latin1, maxLength: 300 })
      .map((text) => `/${text.replaceAll(/[^\x21-\x7e\x80-\xff]/g, '%')}`),
  },
);

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('POST', 'GET') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'PURGE'),
  },
);

/** Mostly what is good, so that a request gets on to where one bad part of it matters. */
const mostly = <Value>(good: fc.Arbitrary<Value>, ...bad: fc.Arbitrary<Value>[]) =>
  fc.oneof({ weight: 12 * bad.length, arbitrary: good }, ...bad);

/** A header with this name, or none at all. */
const header = (name: string, value: fc.Arbitrary<string>) =>
  value.map((text): [string, string][] => [[name, text]]);
const none: fc.Arbitrary<[string, string][]> = fc.constant([]);

const route = mostly(
  fc.constantFrom<[string, string]>(
    ['POST', '/v1/organizations'],
    ['POST', '/v1/organizations'],
    ['POST', '/v1/organizations'],
    ['GET', '/v1/session'],
    ['GET', '/v1/challenge'],
  ),
  fc.tuple(method, path),
  fc.tuple(method, path),
  fc.tuple(method, path),
);

const extraHeaders = fc.array(
  fc.tuple(
    fc.constantFrom(
      'x-forwarded-for',
      'forwarded',
      'x-real-ip',
      'cookie',
      'accept-encoding',
      'content-encoding',
      'range',
      'if-none-match',
      'accept-language',
      'x-http-method-override',
      'te',
      'referer',
      'user-agent',
      'access-control-request-method',
      'access-control-request-headers',
      'x-kelviq-partner-key',
      'x-original-url',
    ),
    fc.oneof(headerText, fc.constantFrom('gzip', 'br', '127.0.0.1', '"*"', 'POST', 'bytes=0-', '*')),
  ),
  { maxLength: 4 },
);

/** Requests of every kind; most have one or two things wrong with them, and some have none. */
export function hostileRequests(target: Target): fc.Arbitrary<Hostile> {
  const { origin: own } = target;
  const origin = fc.oneof(
    fc.constantFrom('null', 'https://evil.example', `${own}.evil.example`, `${own}/`, '*'),
    headerText,
  );
  const type = fc.oneof(
    fc.constantFrom(
      'application/json; charset=utf-16',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ),
    headerText,
  );
  const key = fc.oneof(fc.constantFrom('short', 'a'.repeat(129), '__proto__'.repeat(4)), headerText);
  const scheme = fc.constantFrom('Bearer ', 'Bearer ', 'bearer ', 'Basic ', '');
  const hostileToken = fc.tuple(scheme, token(target)).map((parts) => parts.join(''));
  const goodToken = fc.tuple(fc.nat(1e6), goodEmail).map((of) => `Bearer ${signedFor(target, ...of)}`);
  const goodKey = fc.nat(1e9).map((number) => `key-${number}`.padEnd(22, 'x'));
  return fc
    .record({
      route,
      origin: mostly(header('origin', fc.constant(own)), header('origin', origin), none),
      type: mostly(
        header('content-type', fc.constant('application/json')),
        header('content-type', type),
        none,
      ),
      who: fc.oneof(
        { weight: 3, arbitrary: header('authorization', goodToken) },
        { weight: 3, arbitrary: header('authorization', hostileToken) },
        { weight: 1, arbitrary: header('idempotency-key', goodKey) },
        { weight: 1, arbitrary: header('idempotency-key', key) },
        none,
      ),
      extra: mostly(none, extraHeaders),
      body: fc.oneof(
        goodEmail.map((email) => Buffer.from(JSON.stringify({ email, businessName: 'Sonne' }))),
        body,
      ),
      framing: fc.constantFrom<Hostile['framing']>('length', 'length', 'chunks', 'many chunks'),
    })
    .map(({ route: [verb, to], origin: from, type: as, who, extra, body: content, framing }) => ({
      method: verb,
      path: to,
      headers: [...from, ...as, ...who, ...extra],
      body: verb === 'GET' || verb === 'HEAD' ? null : content,
      framing,
    }));
}

/** The bytes of a request. */
export function bytesOf({ method: verb, path: to, headers, body: content, framing }: Hostile): Buffer {
  const head = [
    `${verb} ${to} HTTP/1.1`,
    'host: localhost',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  if (content === null) return Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  if (framing === 'length')
    return Buffer.concat([
      Buffer.from(`${head.join('\r\n')}\r\ncontent-length: ${content.length}\r\n\r\n`, 'latin1'),
      content,
    ]);
  const size = framing === 'chunks' ? Math.max(content.length, 1) : 7;
  const chunks: Buffer[] = [
    Buffer.from(`${head.join('\r\n')}\r\ntransfer-encoding: chunked\r\n\r\n`, 'latin1'),
  ];
  for (let at = 0; at < content.length; at += size) {
    const piece = content.subarray(at, at + size);
    chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}
