/** The tags that `integrity` prints, in a browser that holds the script to its hash. */
import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { runBin } from '../support/terminal.ts';
import { useChromium, type Watched } from './chromium.ts';
import { startSystem, type System } from './system.ts';
import { keyField, signUp } from './widget.ts';

type Kind = 'module' | 'classic';
type Pinned = { url: string; integrity: string };

describe('a pinned script', () => {
  const chromium = useChromium();
  let system: System;
  let pinned: Record<Kind, Pinned>;
  let tags: Record<Kind, string>;
  before(async () => {
    system = await startSystem();
    const args = ['integrity', '--url', system.proxyOrigin];
    pinned = JSON.parse((await runBin([...args, '--json'])).out) as Record<Kind, Pinned>;
    const [, module = '', classic = ''] = (await runBin(args)).out.split(/As a (?:module|classic script):\n/);
    tags = { module, classic };
  });
  after(() => system?.close());

  /** A page that may run what has this hash, wherever it comes from, and nothing else. */
  async function open(path: string, tag: string, hash: string): Promise<Watched & { scripts: string[] }> {
    const policy = `default-src 'none'; script-src '${hash}'; connect-src ${system.proxyOrigin}; require-trusted-types-for 'script'; trusted-types kelviq-onboarding`;
    const html = `<!doctype html><html lang="en"><head><title>Partner</title>${tag}</head><body><kelviq-onboarding partner-name="Acme" endpoint="PROXY"></kelviq-onboarding></body></html>`;
    system.serve(path, { html, headers: { 'content-security-policy': policy } });
    const watched = await chromium.open();
    const scripts: string[] = [];
    watched.page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.push(request.url());
    });
    await watched.page.goto(system.partnerOrigin + path);
    return { ...watched, scripts };
  }

  for (const kind of ['module', 'classic'] as const) {
    it(`is all the code there is, as ${kind}`, async () => {
      const { url, integrity } = pinned[kind];
      const { page, complaints, scripts } = await open(`/pinned-${kind}`, tags[kind], integrity);
      await signUp(page, `pinned-${kind}@acme.example`);
      await keyField(page).waitFor();
      assert.deepEqual(complaints, []);
      assert.deepEqual(scripts, [url]);
    });

    it(`is refused when one byte differs, as ${kind}`, async () => {
      const { url, integrity } = pinned[kind];
      const code = await (await fetch(url)).text();
      const tampered = code.replace('Client key', 'Client kez');
      assert.ok(tampered !== code);
      const headers = { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' };
      const path = `/kelviq-onboarding.tampered.${kind}.js`;
      system.serve(path, { html: tampered, headers });
      const elsewhere = system.partnerOrigin + path;
      const tag = tags[kind].replace(url, elsewhere);
      const { page, complaints, scripts } = await open(`/tampered-${kind}`, tag, integrity);
      await page.waitForLoadState('networkidle');
      assert.deepEqual(scripts, [elsewhere]);
      assert.equal(await page.evaluate(() => customElements.get('kelviq-onboarding') === undefined), true);
      assert.match(complaints.join('\n'), /integrity/i);
    });
  }
});
