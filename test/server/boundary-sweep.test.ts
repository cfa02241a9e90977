import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { formsOf } from '../support/leak-forms.ts';
import { createSweep, sweep } from '../support/leaks.ts';

const secret = 'kvqp_Ünique+/=secret~1_9f3Kq7ZtW2bXcR5y';
const core = '9f3Kq7ZtW2bXcR5y';
const noise = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"ok":true}');

/** Where a secret may slip out, each as it really looks around it. */
const spots: Record<string, (leak: string) => string> = {
  'status line': (leak) => `HTTP/1.1 500 ${leak}\r\ncontent-length: 0\r\n\r\n`,
  header: (leak) => `HTTP/1.1 200 OK\r\nx-debug: a=${leak};b\r\n\r\n{}`,
  body: (leak) => `HTTP/1.1 200 OK\r\n\r\n{"a":{"b":["${leak}"]}}`,
  log: (leak) => `{"level":"debug","event":"request"}\n{"error":"Error at ${leak}"}\n`,
  database: (leak) => `SQLite format 3\0\0\x10${leak}\0\x01\xff`,
  'CLI output': (leak) => `c1  delivered\nc2  ${leak}\n`,
};

const swept = createSweep({ key: secret });
const leaksOf = (text: string | Buffer, place = 'log') =>
  swept({ [place]: typeof text === 'string' ? Buffer.from(text, 'latin1') : text });

const head = (encoding: string) => Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\n\r\n`);

describe('the sweep', () => {
  for (const { name, needles } of formsOf(secret))
    for (const [spot, around] of Object.entries(spots))
      it(`finds ${name} in ${spot}, whole and in pieces`, () => {
        for (const needle of needles) {
          const places = { clean: noise, [spot]: Buffer.from(around(needle), 'latin1') };
          assert.ok(swept(places).includes(`key, ${name}, in ${spot}`), needle);
        }
        assert.deepEqual(swept({ clean: Buffer.from(around(''), 'latin1') }), []);
      });

  for (const shift of [0, 1, 2, 3])
    for (const encoding of ['base64', 'base64url'] as const)
      it(`finds a secret inside a longer ${encoding}, shift ${shift}`, () => {
        const text = `${'x'.repeat(shift)}${secret}, and what follows`;
        assert.ok(leaksOf(Buffer.from(text).toString(encoding)).includes(`key, ${encoding}, in log`));
      });

  const splits: [string, string][] = [
    ['by spaces', Array.from(core).join(' ')],
    ['over lines', `${core.slice(0, 5)}\n  ${core.slice(5, 10)}\n  ${core.slice(10)}`],
    ['over fields', JSON.stringify([core.slice(0, 8), core.slice(8)])],
    ['by tags', `${core.slice(0, 3)}<>${core.slice(3, 9)}</>${core.slice(9)}`],
    ['by NULs', Array.from(core).join('\0')],
    ['over string literals', `'${core.slice(0, 7)}' + '${core.slice(7)}'`],
  ];
  for (const [name, text] of splits)
    it(`finds a secret split ${name}`, () =>
      assert.ok(leaksOf(`a ${text} b`).includes('key, split, in log')));

  it('finds the first or last part of a secret', () => {
    for (const part of [core.slice(0, 12), core.slice(-12)])
      assert.ok(leaksOf(`…${part}…`).includes('key, plain, in log'));
  });

  it('finds what is in a packed file or answer', () => {
    const text = Buffer.from(`${'a'.repeat(500)}${secret}${'b'.repeat(500)}`);
    for (const [place, bytes] of [
      ['package.tgz', gzipSync(text)],
      ['script.js.br', brotliCompressSync(text)],
      ['answer', Buffer.concat([head('gzip'), gzipSync(text)])],
      ['answer', Buffer.concat([head('br'), brotliCompressSync(text)])],
    ] as const)
      assert.ok(leaksOf(bytes, place).includes(`key, plain, in ${place}`));
  });

  it('finds nothing in what is clean', () => assert.deepEqual(leaksOf(noise), []));

  it('knows the prefix of a key from the key', () => {
    assert.deepEqual(
      sweep(
        { page: Buffer.from('a key begins with kvqp_sandbox_') },
        {
          key: 'kvqp_sandbox_9f3Kq7ZtW2bXcR5y',
        },
      ),
      [],
    );
  });

  it('takes no secret that chance could write', () => {
    assert.throws(() => sweep({ clean: noise }, { key: 'short' }), TypeError);
  });
});
