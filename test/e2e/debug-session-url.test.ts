import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { createSessionToken } from '../../proxy/backend.ts';
import { SESSION_SECRET, sessionToken } from '../support/session-token.ts';
import { useChromium } from './chromium.ts';
import { startSystem, type System } from './system.ts';
const script = (file: string) => `<script type="module" src="PROXY/${file}"></script>`;
const SCRIPTS = script('kelviq-onboarding.debug.js') + script('kelviq-onboarding.js');

const says = (page: Page, words: string) =>
  page.locator('kelviq-onboarding-debug').getByText(words).first().waitFor();

describe('the debug script at a session-url', () => {
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem({ SESSION_SECRET });
  });
  after(() => system?.close());

  /** A page whose session-url is that path. */
  function serve(path: string, sessionUrl: string, scripts: string): void {
    const html = `<!doctype html>${scripts}<kelviq-onboarding session-url="${sessionUrl}"></kelviq-onboarding>`;
    system.serve(path, { html });
  }

  it('hears what the proxy said before it was there', async () => {
    const origin = 'https://elsewhere.example';
    const token = await createSessionToken({ secret: SESSION_SECRET, externalId: 'c-1', origin });
    system.serve('/token', { html: JSON.stringify({ token }) });
    serve('/late', '/token', script('kelviq-onboarding.js'));
    const { page } = await chromium.open();
    await page.goto(`${system.partnerOrigin}/late`);
    await page.waitForFunction(() => document.querySelector('kelviq-onboarding')?.state === 'failed');
    const url = `${system.proxyOrigin}/kelviq-onboarding.debug.js`;
    await page.addScriptTag({ type: 'module', url });
    await says(page, `origin is "${origin}"; this page is`);
    await says(page, 'The session token was made for another origin.');
  });

  it('names a token that comes expired', async () => {
    const token = sessionToken({ exp: 1 });
    system.serve('/stale', { html: JSON.stringify({ token }) });
    serve('/stale-page', '/stale', SCRIPTS);
    const { page } = await chromium.open();
    await page.goto(`${system.partnerOrigin}/stale-page`);
    await says(page, `${system.partnerOrigin}/stale gives a token that has expired already`);
  });

  it('says at once that it answers 500', async () => {
    serve('/broken-page', '/broken', SCRIPTS);
    const { page, complaints } = await chromium.open();
    await page.route('**/broken', (route) => route.fulfill({ status: 500 }));
    await page.goto(`${system.partnerOrigin}/broken-page`);
    await says(page, `POST ${system.partnerOrigin}/broken → 500`);
    const fix = `${system.partnerOrigin}/broken answers 500: see your backend's log.`;
    await says(page, fix);
    assert.ok(complaints.some((complaint) => complaint.includes(fix)));
  });
});
