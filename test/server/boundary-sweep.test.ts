import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formsOf, sweep } from '../support/leaks.ts';

const secret = 'kvqp_Ünique+/=secret~1';
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

describe('the sweep', () => {
  for (const [form, variants] of Object.entries(formsOf(secret)))
    for (const [spot, around] of Object.entries(spots))
      it(`finds ${form} in ${spot}`, () => {
        for (const variant of variants) {
          const places = { clean: noise, [spot]: Buffer.from(around(variant), 'latin1') };
          assert.ok(sweep(places, { key: secret }).includes(`key, ${form}, in ${spot}`), variant);
          assert.ok(!sweep({ clean: Buffer.from(around(''), 'latin1') }, { key: secret }).length);
        }
      });

  for (const shift of [0, 1, 2, 3])
    for (const encoding of ['base64', 'base64url'] as const)
      it(`finds a secret inside a longer ${encoding}, shift ${shift}`, () => {
        const text = `${'x'.repeat(shift)}${secret}, and what follows`;
        const found = sweep({ log: Buffer.from(Buffer.from(text).toString(encoding)) }, { key: secret });
        assert.ok(found.includes(`key, ${encoding}, in log`));
      });

  it('finds nothing in what is clean', () => {
    assert.deepEqual(sweep({ clean: noise }, { key: secret }), []);
  });

  it('takes no secret that chance could write', () => {
    assert.throws(() => sweep({ clean: noise }, { key: 'short' }), TypeError);
  });
});
