import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { HttpFailure } from '../../proxy/http.ts';
import { createNodeSend, type ResolveAll } from '../../proxy/node/http.ts';
import { isLoopbackHost } from '../../proxy/address.ts';
import { isInternal, isLoopback } from '../../proxy/node/internal-address.ts';
import { answer, startRawServer } from '../support/raw-server.ts';

const request = (url: string) =>
  ({ method: 'POST', url, headers: {}, body: '', timeoutMs: 2000, maxBytes: 100 }) as const;

/** A resolver that gives these addresses, one list a call, the last one for ever. */
function resolver(...answers: string[][]): ResolveAll {
  let call = 0;
  return (_name, _options, callback) => {
    const addresses = answers[Math.min(call++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

async function failureOf(url: string, resolve: ResolveAll = resolver(['192.0.2.1'])) {
  const { send, close } = createNodeSend({ publicOnly: true, resolve, connectTimeoutMs: 500 });
  try {
    const error = await send(request(url)).then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof HttpFailure);
    return { code: error.code, sent: error.sent };
  } finally {
    await close();
  }
}

const refused = { code: 'internal_address', sent: false };

describe('createNodeSend with publicOnly', () => {
  for (const address of [
    '10.1.2.3',
    '10.1.2.3.',
    '10.66051',
    '012.1.2.3',
    '0xa010203',
    '0xa.0x1.0x2.0x3',
    '167838211',
    '１０.1.2.3',
    '10%2e1.2.3',
    '0.0.0.0',
    '0',
    '100.64.0.1',
    '168.63.129.16',
    '169.254.169.254',
    '2852039166',
    '[::]',
    '[fd00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[::ffff:10.1.2.3]',
    '[::ffff:0:10.1.2.3]',
    '[::10.1.2.3]',
    '[2002:a01:203::]',
    '[64:ff9b::a01:203]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::a01:203]',
  ])
    it(`refuses ${address}`, async () => assert.deepEqual(await failureOf(`http://${address}/`), refused));

  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.1.2.3'])
    it(`refuses a name that leads to ${address}`, async () =>
      assert.deepEqual(await failureOf('http://outside.example/', resolver([address])), refused));

  it('knows this machine by its own names', () => {
    const own = ['localhost', 'a.localhost', '127.0.0.1', '127.255.0.1', '[::1]', '[::ffff:7f00:1]'];
    const others = ['localhost.example', 'notlocalhost', 'localhost.', '127.0.0.1.example', '10.0.0.1', ''];
    assert.deepEqual([...own, ...others].filter(isLoopbackHost), own);
  });

  it('refuses a name that leads inside', async () => {
    assert.deepEqual(await failureOf('http://inside.example/', resolver(['10.0.0.5', 'fe80::1'])), refused);
  });

  it('refuses a name that leads inside at the second look', async () => {
    const {
      url,
      port,
      close: closeServer,
    } = await startRawServer((socket) => socket.end(answer(200, '', 'connection: close\r\n')));
    const { send, close } = createNodeSend({
      publicOnly: true,
      resolve: resolver(['127.0.0.1'], ['10.0.0.5']),
    });
    try {
      const rebinding = url.replace('127.0.0.1', 'rebinding.localhost');
      assert.equal((await send(request(rebinding))).status, 200);
      await assert.rejects(send(request(`http://rebinding.localhost:${port}/`)), refused);
    } finally {
      await close();
      await closeServer();
    }
  });

  it('goes to the public one of several addresses', async () => {
    const { port, close: closeServer } = await startRawServer((socket) => socket.end(answer(200)));
    const { send, close } = createNodeSend({
      publicOnly: true,
      resolve: resolver(['10.0.0.5', '127.0.0.1']),
    });
    try {
      assert.equal((await send(request(`http://mixed.localhost:${port}/`))).status, 200);
    } finally {
      await close();
      await closeServer();
    }
  });
});

describe('isInternal', () => {
  for (const address of [
    '0.0.0.0',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::10.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::ffff:169.254.169.254',
    '64:ff9b::10.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b:1::1',
    '2002:a00:1::',
    '2001::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fe80::1%eth0',
    '[fe80::1]',
    'ff02::1',
    '::ffff:0:10.0.0.1',
    '::1.2.3.4',
    '::2',
    '100::1',
    '100:0:0:1::1',
    '2001:db8::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'fec0::1',
    '168.63.129.16',
    '192.0.0.192',
    '192.88.99.1',
    '203.0.113.9',
  ]) {
    it(`is true of ${address}`, () => assert.equal(isInternal(address), true));
  }

  for (const address of [
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:200::1',
    '3ffe::1',
    '168.63.129.15',
    '::ffff:1.1.1.1',
    '64:ff9b::1.1.1.1',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    'localhost',
    '',
  ]) {
    it(`is false of ${address || 'nothing'}`, () => assert.equal(isInternal(address), false));
  }
});

describe('isLoopback', () => {
  for (const [address, expected] of [
    ['127.0.0.1', true],
    ['127.255.0.1', true],
    ['::1', true],
    ['[::1]', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['localhost', false],
  ] as const) {
    it(`is ${expected} of ${address}`, () => assert.equal(isLoopback(address), expected));
  }
});
