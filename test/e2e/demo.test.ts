import assert from '../support/assert.ts';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { useChromium } from './chromium.ts';
import { startDemoProcess, type DemoProcess } from './processes.ts';
import { deliveredStep, keyField, signUp } from './widget.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const chip = (page: Page, lane: string) => page.locator(`#lane-${lane} .chip`);

/** Clicks a test address and sends it. */
async function signUpWith(page: Page, scenario: string): Promise<void> {
  await page.locator(`#scenarios button:has-text("${scenario}@")`).click();
  await page.locator(`kelviq-onboarding[email^="${scenario}+"]`).waitFor();
  await page.getByRole('button', { name: 'Create account' }).click();
}

describe('demo', () => {
  const chromium = useChromium();
  let demo: DemoProcess;
  before(async () => {
    demo = await startDemoProcess();
  });
  after(() => demo?.stop());

  it('gives the customer the client key', async () => {
    const { page, complaints } = await chromium.open();
    await page.goto(demo.url);
    await signUp(page, 'mara@northside.example');
    await keyField(page).waitFor();
    assert.match(await keyField(page).inputValue(), /^ck_test_\w+$/);
    await deliveredStep(page, 'Larkspur').waitFor();
    await page.locator('#status', { hasText: 'Connected' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('shows the serverKey reach the backend, masked', async () => {
    const { page, bodies } = await chromium.open();
    await page.goto(demo.url);
    await page.getByRole('button', { name: 'Start over' }).click();
    await signUp(page, 'ines@northside.example');
    await chip(page, 'backend').getByText('serverKey received').waitFor();
    const received = await chip(page, 'backend').innerText();
    const issued = await chip(page, 'kelviq').innerText();
    assert.match(received, /sk_test_••••\w{4}$/);
    assert.equal(issued.slice(-8), received.slice(-8));
    await page
      .locator('#lane-kelviq')
      .getByText(/^X-Kelviq-Partner-Key: kvqp_sandbox_••••\w{4}$/)
      .first()
      .waitFor();
    await chip(page, 'browser').getByText('serverKey: never seen here').waitFor();
    const html = await page.content();
    for (const text of [...bodies, html])
      assert.doesNotMatch(text, /(?:sk_(?:test|live)_|kvqp_(?:\w+_)?)[\da-f]{8}/);
  });

  it('sounds the alarm when a secret comes through', async () => {
    const { page } = await chromium.open();
    await page.route('**/v1/session', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), note: 'sk_test_planted' } });
    });
    await page.goto(demo.url);
    await chip(page, 'browser').getByText('A SECRET CAME THROUGH').waitFor();
  });

  it('ties taken@ to the field', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await signUpWith(page, 'taken');
    await page.getByText('This email already has a Kelviq account').first().waitFor();
    assert.equal(await page.getByLabel('Email').getAttribute('aria-invalid'), 'true');
    assert.equal(await keyField(page).count(), 0);
  });

  it('recovers the answer of lost@', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await signUpWith(page, 'lost');
    await keyField(page).waitFor();
    await page.locator('#lane-kelviq').getByText('no answer').waitFor();
    await page
      .locator('#lane-kelviq')
      .getByText('GET /partner/organizations/by-external-id/')
      .first()
      .waitFor();
    await chip(page, 'backend').getByText('serverKey received').waitFor();
  });

  it('waits out error@ and rate-limited@', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    for (const scenario of ['error', 'rate-limited']) {
      await signUpWith(page, scenario);
      await keyField(page).waitFor();
      await chip(page, 'backend').getByText('serverKey received').waitFor();
    }
  });

  it('fills the keys of null-keys@ in', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await signUpWith(page, 'null-keys');
    await page.getByText('On its way.').waitFor();
    await keyField(page).waitFor();
    await chip(page, 'backend').getByText('serverKey received').waitFor();
  });

  it('signs up a customer who is signed in', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await page.getByLabel('Signed in').check();
    await page.locator('kelviq-onboarding[session-url]').waitFor();
    await signUp(page, 'signed.in@northside.example');
    await keyField(page).waitFor();
    await page.locator('#lane-browser').getByText('POST /session').waitFor();
    await page.locator('#lane-backend').getByText('"customer-').waitFor();
    await page.reload();
    assert.match(await keyField(page).inputValue(), /^ck_test_/);
    assert.equal(await page.getByLabel('Signed in').isChecked(), true);
  });

  it('delivers when the backend is back', async () => {
    const { page } = await chromium.open();
    await page.goto(demo.url);
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByLabel('Backend down').check();
    await signUp(page, 'patient@northside.example');
    await page.locator('#lane-backend').getByText('The backend is down.').first().waitFor();
    await keyField(page).waitFor();
    await page.getByLabel('Backend down').uncheck();
    await chip(page, 'backend').getByText('serverKey received').waitFor();
    await deliveredStep(page, 'Larkspur').waitFor();
  });

  for (const theme of ['light', 'dark']) {
    it(`has no axe findings in ${theme}`, async () => {
      const { page } = await chromium.open({ bypassCSP: true });
      await page.goto(demo.url);
      await page.locator(`label:has(input[value=${theme}])`).click();
      await signUp(page, `axe-${theme}@northside.example`);
      await chip(page, 'backend').getByText('serverKey received').waitFor();
      await page.addScriptTag({
        content: readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'),
      });
      const { violations } = await page.evaluate(async (values) => {
        const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } };
        return axe.run({ runOnly: { type: 'tag', values } });
      }, TAGS);
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => String(target)).join(', ')}`),
        [],
      );
    });
  }

  it('needs no sideways scroll at 320 px', async () => {
    const { page } = await chromium.open({ width: 320 });
    await page.goto(demo.url);
    await signUp(page, 'narrow@northside.example');
    await keyField(page).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  });
});
