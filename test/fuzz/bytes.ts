/** Requests that are none: good ones with their bytes broken, and the tricks of request smuggling. */
import * as fc from 'fast-check';

const CRLF = '\r\n';

/** Framing that proxies and servers have read differently (RFC 9112 §6.3, §11.2), after a good head. */
const TRICKS = [
  'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  'transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n5c\r\n\r\n',
  'transfer-encoding: xchunked\r\n\r\n0\r\n\r\n',
  'transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'transfer-encoding:\tchunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n',
  'content-length: 3\r\ncontent-length: 4\r\n\r\n{} ',
  'content-length: -1\r\n\r\n{}',
  'content-length: +2\r\n\r\n{}',
  'content-length: 0x2\r\n\r\n{}',
  'content-length: 99999999999999999999\r\n\r\n{}',
  'content-length: 2\r\n\r\n{}GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  'transfer-encoding: chunked\r\n\r\nfffffffff\r\n{}',
  'transfer-encoding: chunked\r\n\r\n2;ext="a\r\n{}\r\n0\r\n\r\n',
  'transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n',
  'transfer-encoding: chunked\r\n\r\n2\n{}\n0\n\n',
  'transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\ntrailer: x\r\norigin: https://evil.example\r\n\r\n',
  ' folded: yes\r\n\r\n',
  'x : space before the colon\r\n\r\n',
  'x\0y: nul\r\n\r\n',
  'host: another\r\n\r\n',
  'host: l1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'upgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  'upgrade: h2c\r\nhttp2-settings: AAMAAABk\r\nconnection: upgrade, http2-settings\r\n\r\n',
  'expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}',
  'expect: something-else\r\n\r\n',
  `${'x-a: b\r\n'.repeat(3000)}\r\n`,
  `x: ${'a'.repeat(20_000)}\r\n\r\n`,
  `origin: ${'https://a.example,'.repeat(500)}\r\n\r\n`,
];

const LINES = [
  'GET /v1/session HTTP/1.1',
  'POST /v1/organizations HTTP/1.1',
  'POST /v1/organizations HTTP/1.0',
  'GET /v1/session HTTP/0.9',
  'GET /v1/session HTTP/2.0',
  'GET /v1/session',
  'GET  /v1/session HTTP/1.1',
  'CONNECT evil.example:443 HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'PRI * HTTP/2.0',
  `GET /${'a'.repeat(20_000)} HTTP/1.1`,
  'GET http://evil.example@localhost/v1/session HTTP/1.1',
  'GET http://[::1/ HTTP/1.1',
  'GET //evil.example/%2e%2e HTTP/1.1',
];

/** Other protocols that come to a wrong port. */
const STRANGERS = [
  Buffer.from('1603010200010001fc0303', 'hex'),
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  Buffer.from('EHLO mail.example\r\n'),
  Buffer.from('*1\r\n$4\r\nPING\r\n'),
  Buffer.from('0000000804d2162f', 'hex'),
  Buffer.alloc(70_000, 'A'),
  Buffer.alloc(10_000, 0),
];

/** One way to break bytes; numbers say where and how much. */
type Wound = { kind: 'flip' | 'cut' | 'double' | 'insert' | 'drop'; at: number; size: number };

const wound: fc.Arbitrary<Wound> = fc.record({
  kind: fc.constantFrom<Wound['kind']>('flip', 'cut', 'double', 'insert', 'drop'),
  at: fc.nat(2000),
  size: fc.integer({ min: 1, max: 40 }),
});

const INSERTED = ['\r\n', '\n', '\r', '\0', '\r\n\r\n', ' ', '\t', ':', '\xff', '%0d%0a'];

function broken(bytes: Buffer, { kind, at: anywhere, size }: Wound): Buffer {
  const at = bytes.length === 0 ? 0 : anywhere % bytes.length;
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << (size % 8))]), after.subarray(1)]);
    case 'cut':
      return before;
    case 'double':
      return Buffer.concat([before, after.subarray(0, size), after]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(INSERTED[size % INSERTED.length] ?? '', 'latin1'), after]);
    case 'drop':
      return Buffer.concat([before, after.subarray(size)]);
  }
}

/** Bytes to throw at a port, made from requests that are good in themselves. */
export function hostileBytes(origin: string, good: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const tricked = fc
    .tuple(fc.constantFrom(...LINES), fc.constantFrom(...TRICKS))
    .map(([line, trick]) =>
      Buffer.from(
        [line, 'host: localhost', `origin: ${origin}`, 'content-type: application/json', trick].join(CRLF),
        'latin1',
      ),
    );
  const wounded = fc
    .tuple(good, fc.array(wound, { minLength: 1, maxLength: 4 }))
    .map(([bytes, wounds]) => wounds.reduce(broken, bytes));
  const pipelined = fc.array(fc.oneof(good, tricked), { minLength: 2, maxLength: 3 }).map(Buffer.concat);
  return fc.oneof(
    { weight: 5, arbitrary: wounded },
    { weight: 3, arbitrary: tricked },
    { weight: 1, arbitrary: pipelined },
    { weight: 1, arbitrary: fc.constantFrom(...STRANGERS) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) },
  );
}
