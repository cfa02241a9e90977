import assert from '../support/assert.ts';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createDropIn, readDropIn } from '../../proxy/node/drop-in.ts';
import { findPackage } from '../../proxy/node/package.ts';
import { runBin } from '../support/terminal.ts';

type Printed = Record<'module' | 'classic', { url: string; integrity: string }> & { version: string };

const found = findPackage();
const app = createDropIn(readDropIn(found));

/** The hash of what a browser would load from `url`. */
async function hashOf(url: string): Promise<string> {
  const response = await app.request(new URL(url, 'http://proxy.example').pathname);
  assert.equal(response.status, 200);
  return `sha384-${createHash('sha384')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('base64')}`;
}

describe('kelviq-onboarding integrity', () => {
  it('prints URLs and the hashes of what they serve', async () => {
    const { code, out } = await runBin(['integrity', '--json', '--url', 'https://onboarding.example.com/']);
    assert.equal(code, 0);
    const { version, module, classic } = JSON.parse(out) as Printed;
    assert.equal(version, found.version);
    assert.equal(module.url, `https://onboarding.example.com/kelviq-onboarding.${version}.js`);
    assert.equal(classic.url, `https://onboarding.example.com/kelviq-onboarding.${version}.global.js`);
    assert.equal(module.integrity, await hashOf(module.url));
    assert.equal(classic.integrity, await hashOf(classic.url));
  });

  it('prints tags to paste', async () => {
    const { out } = await runBin(['integrity']);
    const json = JSON.parse((await runBin(['integrity', '--json'])).out) as Printed;
    for (const { url, integrity } of [json.module, json.classic]) {
      assert.ok(
        out.includes(`src="${url}"\n        integrity="${integrity}"\n        crossorigin="anonymous"`),
      );
    }
  });

  for (const url of ['onboarding', 'localhost:8787', 'https://x.example/?a=1', 'https://u:p@x.example'])
    it(`refuses the URL ${url}`, async () => {
      const { code, err } = await runBin(['integrity', '--url', url]);
      assert.equal(code, 2);
      assert.match(err, /^--url must be an address/);
    });
});
