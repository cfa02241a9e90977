/** One real Chromium for an end-to-end file, and pages that remember everything they were told. */
import { after, before } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';

type FindBrowser = () => Promise<{ executablePath: string; args: string[]; env: Record<string, string> }>;

/** A page, and what Chromium had to say about it. */
export type Watched = {
  page: Page;
  /** Every console message, uncaught error and CSP violation, in words. */
  complaints: string[];
  /** Every body that any request of the page was answered with, as text. */
  bodies: string[];
};

/** Starts the browser of the tests; rejects with what to install where there is none. */
export async function launchChromium(): Promise<Browser> {
  const specifier = new URL('../support/browser.js', import.meta.url).href;
  const { findBrowser } = (await import(specifier)) as { findBrowser: FindBrowser };
  const { executablePath, args, env } = await findBrowser();
  return chromium.launch({ executablePath, args, env });
}

/** A browser for all tests of a file; `open` gives a page in a profile of its own. */
export function useChromium(): { open(options?: { width?: number; bypassCSP?: boolean }): Promise<Watched> } {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());

  return {
    async open({ width = 1280, bypassCSP = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        bypassCSP,
        locale: 'en-GB',
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      const bodies: string[] = [];
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      page.on('response', (response) => {
        // A stream has no end to wait for; what it holds is masked and is checked by what it draws.
        if (response.headers()['content-type']?.startsWith('text/event-stream')) return;
        response.text().then(
          (text) => bodies.push(text),
          () => bodies.push(''),
        );
      });
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`violation: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      return { page, complaints, bodies };
    },
  };
}
