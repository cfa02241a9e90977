/** `npm run pictures`: the README's pictures of the widget, from the running demo in a real Chromium. */
import { writeFileSync } from 'node:fs';
import { chromium, type Browser, type LaunchOptions, type Page } from 'playwright-core';
import { startDemo } from '../demo.ts';

/** Pixels of a picture per pixel of the page. */
const SCALE = 2;

/** Of 100, for WebP: sharp text in half the bytes of a PNG. */
const QUALITY = 95;

const STYLE = `
  :root { font: 16px/1.5 Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; }
  body { margin: 0; background: light-dark(#f4f3f1, #0c0c0e); }
  main { all: unset; display: flex; align-items: center; gap: 40px; inline-size: max-content; padding: 40px; }
  kelviq-onboarding { inline-size: 30rem; }
`;

/** Empties the demo's page and puts two widgets there, each of a customer of its own. */
async function placeWidgets(page: Page): Promise<void> {
  await page.evaluate(async (css) => {
    document.querySelectorAll('link').forEach((link) => link.remove());
    const style = document.createElement('style');
    style.textContent = css;
    document.head.append(style);
    const main = document.createElement('main');
    document.body.replaceChildren(main);
    for (const name of ['mara', 'ines']) {
      await fetch('/demo/customer', { method: 'POST' });
      const { token } = (await (await fetch('/session', { method: 'POST' })).json()) as { token: string };
      const widget = document.createElement('kelviq-onboarding');
      widget.id = name;
      widget.sessionToken = token;
      widget.email = `${name}@northside.example`;
      widget.businessName = 'Northside Pottery';
      widget.partnerName = 'Larkspur';
      main.append(widget);
      // One after the other: the second customer's visit is not the first one's.
      await new Promise((resolve) => widget.addEventListener('kelviq-ready', resolve, { once: true }));
    }
  }, STYLE);
}

/** The form and, beside it, the face after success. */
async function take(browser: Browser, url: string, colorScheme: 'light' | 'dark'): Promise<Buffer> {
  const context = await browser.newContext({
    bypassCSP: true,
    colorScheme,
    deviceScaleFactor: SCALE,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    viewport: { width: 1080, height: 720 },
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('#widget kelviq-onboarding').waitFor();
  await placeWidgets(page);
  const second = page.locator('#ines');
  await second.getByRole('button', { name: 'Create account' }).click();
  await second.getByText('has received your secret key').last().waitFor();
  const clip = await page.locator('main').boundingBox();
  if (!clip) throw new Error('There is nothing to take a picture of.');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const devtools = await context.newCDPSession(page);
  const { data } = await devtools.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    clip: { ...clip, scale: 1 },
  });
  await context.close();
  return Buffer.from(data, 'base64');
}

const specifier = new URL('../../test/support/browser.js', import.meta.url).href;
const { findBrowser } = (await import(specifier)) as { findBrowser: () => Promise<LaunchOptions> };
const { executablePath = '', args = [], env = {} } = await findBrowser();
const browser = await chromium.launch({ executablePath, args, env });
try {
  for (const theme of ['light', 'dark'] as const) {
    // A sandbox of its own for each: it knows every address for ever.
    const demo = await startDemo(0, {}, (line) => void process.stderr.write(`${line}\n`));
    const picture = await take(browser, demo.url, theme).finally(() => demo.close());
    writeFileSync(new URL(`widget-${theme}.webp`, import.meta.url), picture);
    process.stdout.write(`widget-${theme}.webp ${(picture.length / 1000).toFixed(1)} kB\n`);
  }
} finally {
  await browser.close();
}
