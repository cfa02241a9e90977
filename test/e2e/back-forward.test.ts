/**
 * A real way back: the browser freezes the page in its back/forward cache, and thaws it. Through
 * puppeteer-core, which drives Firefox too and leaves that cache on.
 */
import { after, before, describe, it, type TestContext } from 'node:test';
import { launch, type Browser, type LaunchOptions, type Page } from 'puppeteer-core';
import assert from '../support/assert.ts';
import { startSystem, type System } from './system.ts';

type Found = LaunchOptions | null;

const support = (file: string): Promise<unknown> =>
  import(new URL(`../support/${file}`, import.meta.url).href);

const ENGINES: Record<string, () => Promise<Found>> = {
  Chromium: async () => ((await support('browser.js')) as { findBrowser(): Promise<Found> }).findBrowser(),
  Firefox: async () => ((await support('engines.js')) as { findFirefox(): Found }).findFirefox(),
};

/** Says how each page is shown, in a message like no other, and leaves soon after an event when told to. */
const SCRIPT = `
  addEventListener('pageshow', ({ persisted }) => {
    console.log(persisted ? 'thawed' : 'loaded', crypto.randomUUID());
  });
  const leaveAfter = (type) => addEventListener(type, () => setTimeout(() => location.assign('/elsewhere'), 500));
`;
const html = (body: string) =>
  `<!doctype html><html lang="en"><title>Partner</title><script>${SCRIPT}</script><body>${body}</body></html>`;
const WIDGET = `<script type="module" src="PROXY/kelviq-onboarding.js"></script>
  <kelviq-onboarding partner-name="Acme"></kelviq-onboarding>`;

let system: System;
before(async () => {
  system = await startSystem({ CHALLENGE: 'off' });
  for (const path of ['/empty', '/elsewhere']) system.serve(path, { html: html('') });
  system.serve('/widget', { html: html(WIDGET) });
});
after(() => system?.close());

/** A tab in a profile of its own. What brings a page gives how it is shown: `loaded` or `thawed`. */
async function openTab(browser: Browser) {
  const page = await (await browser.createBrowserContext()).newPage();
  const heard = new Set<string>();
  let report: ((how: string) => void) | undefined;
  page.on('console', (message) => {
    const [how = '', id] = message.text().split(' ');
    // A browser repeats what a page has said when it thaws.
    if (!/^(?:loaded|thawed)$/.test(how) || !id || heard.has(id)) return;
    heard.add(id);
    report?.(how);
  });
  const shownBy = async (action: () => Promise<unknown>): Promise<string> => {
    const how = new Promise<string>((resolve) => (report = resolve));
    await action();
    return how;
  };
  return {
    page,
    shownBy,
    goTo: (path: string) => shownBy(() => page.goto(system.partnerOrigin + path)),
    // A page that thaws has no load event, which the browser's own way back would wait for.
    goBack: () => shownBy(() => page.evaluate('setTimeout(() => history.back())')),
  };
}

const fill = (page: Page, name: string, text: string) =>
  page.locator(`kelviq-onboarding >>> [name=${name}]`).fill(text);

const submit = (page: Page) => page.locator('kelviq-onboarding >>> [part~=submit]').click();

const says = (page: Page, words: string) =>
  page.waitForFunction(
    (text) => document.querySelector('kelviq-onboarding')?.shadowRoot?.textContent.includes(text),
    {},
    words,
  );

/** Waits for the delivery of that customer. */
async function delivered(email: string): Promise<void> {
  while (system.receiver.events.every(({ data }) => data.email !== email))
    await system.receiver.received(system.receiver.events.length + 1);
}

for (const [engine, find] of Object.entries(ENGINES))
  describe(`the way back in ${engine}`, () => {
    let browser: Browser | undefined;
    let why = '';
    before(async () => {
      const options = await find();
      if (!options) return void (why = `${engine} is not here`);
      browser = await launch(options);
      const { goTo, goBack } = await openTab(browser);
      await goTo('/empty');
      await goTo('/elsewhere');
      if ((await goBack()) !== 'thawed')
        why = `this ${engine} keeps no page that is left, an empty one neither`;
    });
    after(() => browser?.close());

    const test = (title: string, run: (opened: Browser) => Promise<void>) =>
      it(title, { timeout: 60_000 }, async (context: TestContext) =>
        why ? context.skip(why) : run(browser!),
      );

    test('thaws the page with what was typed, and goes on', async (opened) => {
      const email = `rest-${engine}@acme.example`;
      const { page, goTo, goBack, shownBy } = await openTab(opened);
      await goTo('/widget');
      await fill(page, 'email', email);
      await goTo('/elsewhere');
      assert.equal(await goBack(), 'thawed');
      await fill(page, 'businessName', 'Northside Pottery');
      // Firefox keeps no page with a request under way: half a second after the outcome there is none, and
      // the element asks after the delivery two seconds after it.
      await page.evaluate(`leaveAfter('kelviq-success')`);
      await shownBy(() => submit(page));
      await delivered(email);
      assert.equal(await goBack(), 'thawed');
      await says(page, 'Acme has received your secret key.');
    });

    test('brings a signup that is in hand to its end, once', async (opened) => {
      const email = `hand-${engine}@acme.example`;
      const { page, goTo, goBack } = await openTab(opened);
      await goTo('/widget');
      await fill(page, 'email', email);
      const atKelviq = new Promise<void>((resolve) =>
        system.sandbox.script({ subject: email, method: 'POST' }, [
          { delayMs: 500, answer: (usual) => (resolve(), usual) },
        ]),
      );
      await submit(page);
      await atKelviq;
      await goTo('/elsewhere');
      await goBack();
      await says(page, 'Acme has received your secret key.');
      const made = system.sandbox.state.organizations.filter((organization) => organization.email === email);
      assert.equal(made.length, 1);
    });
  });
