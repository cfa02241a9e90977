import assert from '../support/assert.ts';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { webhookSecret } from '../support/delivery-event.ts';
import { settingsOf } from '../support/environment.ts';
import { useChromium } from './chromium.ts';
import { startDemoProcess, type DemoProcess } from './processes.ts';

const GREEN = '#0a7f5a';

const widget = (page: Page) => page.locator('#widget kelviq-onboarding');
const choose = (page: Page, name: string, value: string) =>
  page.locator(`label:has(input[name=${name}][value="${value}"])`).click();
const snippet = (page: Page) => page.locator('#snippet').innerText();

/** Colour of the widget's button, as a browser computes it. */
const buttonColour = (page: Page) =>
  widget(page)
    .locator('[part~=submit]')
    .evaluate((button) => getComputedStyle(button).backgroundColor);

describe('playground', () => {
  const chromium = useChromium();
  let demo: DemoProcess;
  before(async () => {
    demo = await startDemoProcess();
  });
  after(() => demo?.stop());

  it('changes widget and snippet live', async () => {
    const { page, complaints } = await chromium.open();
    await page.goto(demo.url);
    await widget(page).getByRole('button', { name: 'Create account' }).waitFor();
    assert.match(await snippet(page), /<kelviq-onboarding partner-name="Larkspur"><\/kelviq-onboarding>$/);
    await page.selectOption('#locale', 'de');
    await choose(page, 'theme', 'dark');
    await page.locator('#accent').fill(GREEN);
    await choose(page, 'width', '288');
    await page.locator('#partner-name').fill('Birch "&" Co');
    await widget(page).getByText('Birch "&" Co').first().waitFor();
    await widget(page).locator('[lang=de]').waitFor();
    assert.equal(await buttonColour(page), 'rgb(10, 127, 90)');
    assert.equal((await widget(page).boundingBox())?.width, 288);
    const text = await snippet(page);
    assert.ok(text.includes(`--kelviq-accent: ${GREEN};\n  max-inline-size: 288px;`), text);
    assert.ok(
      text.endsWith(
        '<kelviq-onboarding partner-name="Birch &quot;&amp;&quot; Co" locale="de" theme="dark"></kelviq-onboarding>',
      ),
      text,
    );
    assert.deepEqual(complaints, []);
  });

  it('keeps what was typed when it changes', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await page.getByLabel('Email').fill('mara@northside.example');
    await page.selectOption('#locale', 'de');
    await widget(page).locator('[lang=de]').waitFor();
    assert.equal(await page.getByLabel('E-Mail').inputValue(), 'mara@northside.example');
  });

  it('comes back as it was left', async () => {
    const { page, complaints } = await chromium.open();
    // Of another app on localhost, and not even well formed.
    const theirs = ['theme=theirs', 'progress=100%'];
    await page.goto(demo.url);
    await page.evaluate((cookies) => cookies.forEach((one) => (document.cookie = one)), theirs);
    await page.reload();
    await page.selectOption('#locale', 'ar');
    await page.locator('#accent').fill(GREEN);
    await page.reload();
    await widget(page).locator('[dir=rtl]').waitFor();
    assert.equal(await buttonColour(page), 'rgb(10, 127, 90)');
    assert.equal(await page.locator('#locale').inputValue(), 'ar');
    const cookies = (await page.evaluate(() => document.cookie)).split('; ');
    for (const one of theirs) assert.ok(cookies.includes(one), cookies.join('; '));
    assert.deepEqual(complaints, []);
  });

  it('shows settings and receiver for the mode', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await choose(page, 'snippet', 'proxy');
    assert.match(await snippet(page), /OPEN_SIGNUP=true/);
    await choose(page, 'mode', 'session');
    await page.locator('kelviq-onboarding[session-url]').waitFor();
    // Without the last line, which serves, and with an openssl that says what it was asked.
    const lines = (await snippet(page)).replace(' > onboarding.env', '').split('\n').slice(0, -1);
    const made = execFileSync('sh', ['-c', ['openssl() { echo "$*"; }', ...lines].join('\n')], {
      encoding: 'utf8',
    });
    assert.match(made, /\nWEBHOOK_SECRET=whsec_rand -base64 32\nSESSION_SECRET=rand -hex 32\n$/);
    await choose(page, 'snippet', 'backend');
    assert.match(await snippet(page), /createSessionToken[\s\S]+verifyDelivery/);
  });

  it('shows a page, settings and a receiver that fit', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    const tag = await snippet(page);
    await choose(page, 'snippet', 'proxy');
    const [, ...lines] = (await snippet(page)).split('\n').slice(0, -2);
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
    const { port, webhook, allowedOrigins } = settingsOf({
      ...env,
      KELVIQ_PARTNER_KEY: 'kvqp_test_1',
      WEBHOOK_SECRET: webhookSecret,
    });
    assert.ok(tag.includes(`src="http://localhost:${port}/kelviq-onboarding.js"`), tag);
    const { origin, pathname } = new URL(webhook.url);
    assert.deepEqual(allowedOrigins, [origin]);
    await choose(page, 'snippet', 'backend');
    assert.ok((await snippet(page)).includes(`app.post('${pathname}'`));
  });
});
