/** A customer's whole signup with real keys and clicks: proof of work, success, and the key copied. */
import type { Browser } from 'playwright-core';
import { open, valueOf, type Conditions } from './measure.ts';

/** One signup. Times in milliseconds. */
export type Signup = {
  /** The slowest key or click, until the page shows it; 0 below 16 ms. As INP counts. */
  slowest: number;
  /** The longest task beyond 50 ms from load to the end; 0 of none. */
  longest: number;
};

const find = (selector: string) =>
  `document.querySelector('kelviq-onboarding').shadowRoot.querySelector('${selector}')`;
/** What an element does later is late for the observers too, which are told when nothing else is to do. */
const REST_MS = 500;

/** Signs up once at `url`, whose proxy asks for proof of work. */
export const signUp = (browser: Browser, url: string, conditions: Conditions): Promise<Signup> =>
  open(browser, url, conditions, async (page, devtools) => {
    const click = async (selector: string) => {
      const box = (await valueOf(devtools, `${find(selector)}.getBoundingClientRect().toJSON()`)) as DOMRect;
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    };
    const until = (condition: string) =>
      valueOf(
        devtools,
        `new Promise((resolve) => (function look() { ${condition} ? resolve() : requestAnimationFrame(look); })())`,
      );
    await until("document.querySelector('kelviq-onboarding').state === 'ready'");
    await click('#email');
    // A slip on purpose: the hint comes with leaving the field, and taking it is one more click.
    await page.keyboard.type('ana@gmial.com');
    await page.keyboard.press('Tab');
    await until(find('.link'));
    await click('.link');
    await click('#businessName');
    await page.keyboard.type('Ana & Co');
    await click('[part=submit]');
    await until(find('#code'));
    await click('[part=copy]');
    await click('[role=tab][aria-selected=false]');
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(REST_MS);
    const slowest = 'Math.max(0, ...seen.waits)';
    return (await valueOf(devtools, `({ slowest: ${slowest}, longest: seen.longest() })`)) as Signup;
  });
