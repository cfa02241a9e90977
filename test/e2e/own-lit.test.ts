/** The whole journey beside a partner's own Lit, under the strictest policy, proof of work included. */
import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { useChromium } from './chromium.ts';
import { buildPartnerScript } from './partner-lit.ts';
import { startSystem, type System } from './system.ts';

const WIDGET = '<script type="module" src="PROXY/kelviq-onboarding.js"></script>';
const CLASSIC = '<script src="PROXY/kelviq-onboarding.global.js"></script>';
const OWN = '<script type="module" src="/partner.js"></script>';

const WORDS = {
  en: { email: 'Email', name: 'Business name', submit: 'Create account', key: 'Client key' },
  de: { email: 'E-Mail', name: 'Firmenname', submit: 'Konto anlegen', key: 'Client-Key' },
} as const;

describe("a page with the partner's own Lit", () => {
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem({ CHALLENGE: 'on', CHALLENGE_DIFFICULTY: '20' });
    const script = await buildPartnerScript();
    assert.match(script, /lit-html/);
    system.serve('/partner.js', { html: script, headers: { 'content-type': 'text/javascript' } });
  });
  after(() => system?.close());

  const kinds: [string, string, keyof typeof WORDS][] = [
    ['before the widget', OWN + WIDGET, 'en'],
    ['after the widget', WIDGET + OWN, 'en'],
    ['after the classic script', CLASSIC + OWN, 'en'],
    ['in German', OWN + WIDGET, 'de'],
  ];
  for (const [index, [kind, scripts, lang]] of kinds.entries())
    it(`signs up without a complaint, ${kind}`, async () => {
      const policy = `default-src 'none'; script-src 'self' ${system.proxyOrigin}; connect-src ${system.proxyOrigin}; require-trusted-types-for 'script'; trusted-types kelviq-onboarding lit-html`;
      const html = `<!doctype html><html lang="${lang}"><head><title>Partner</title>${scripts}</head><body><partner-card lang="${lang}"></partner-card></body></html>`;
      system.serve(`/own-${index}`, { html, headers: { 'content-security-policy': policy } });
      const { page, complaints } = await chromium.open();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
      await page.goto(`${system.partnerOrigin}/own-${index}`);
      const words = WORDS[lang];
      await page.locator(`kelviq-onboarding [lang=${lang}]`).first().waitFor();
      const already = system.receiver.events.length;
      await page.getByLabel(words.email).fill(`own-${index}@acme.example`);
      await page.getByLabel(words.name).fill('Sonne');
      await page.getByRole('button', { name: words.submit }).click();
      await page.locator('kelviq-onboarding #key').waitFor();
      await system.receiver.received(already + 1);
      assert.ok(asked.includes('GET /v1/challenge'), asked.join());
      assert.equal(asked.filter((request) => request === 'POST /v1/organizations').length, 1);
      await page.locator('#own').click();
      await page.getByText('Clicked 1').waitFor();
      assert.deepEqual(complaints, []);
    });
});
