import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { useChromium } from './chromium.ts';
import { startSystem, type System } from './system.ts';

describe('the debug script beside two elements', () => {
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem({});
  });
  after(() => system?.close());

  for (const [mistake, attributes, fix] of [
    ['a wrong endpoint', 'endpoint="/nowhere"', 'answers as the proxy does'],
    ['a session-url without a token', 'session-url="/nobody"', '/nobody gave no token'],
  ] as const)
    it(`says once what to do about ${mistake}`, async () => {
      const element = `<kelviq-onboarding ${attributes}></kelviq-onboarding>`;
      const script = (attribute: string, file: string) =>
        `<script ${attribute} src="${system.proxyOrigin}/${file}"></script>`;
      system.serve('/two', {
        html: `<!doctype html><html lang="en"><head>${script('', 'kelviq-onboarding.debug.js')}${script('type="module"', 'kelviq-onboarding.debug.js?again')}${script('type="module"', 'kelviq-onboarding.js')}</head><body>${element}${element}</body></html>`,
      });
      const { page, complaints } = await chromium.open();
      await page.goto(`${system.partnerOrigin}/two`);
      // In both elements, in place of the customer's words.
      const alerts = page.locator('kelviq-onboarding [part=alert]').getByText(fix);
      await alerts.nth(1).waitFor();
      assert.equal(await page.locator('kelviq-onboarding-debug').getByText(fix).count(), 1);
      assert.equal(
        complaints.filter((complaint) => complaint.includes(fix)).length,
        1,
        complaints.join('\n'),
      );
    });
});
