import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { useChromium } from './chromium.ts';
import { startSystem, type System } from './system.ts';

type Shift = PerformanceEntry & { value: number };

describe('a page with the stylesheet', () => {
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system?.close());

  for (const width of [1280, 412, 320])
    it(`does not shift when the script comes late, ${width} px`, async () => {
      const path = `/steady-${width}`;
      system.serve(path, {
        html: `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width">
          <link rel="stylesheet" href="PROXY/kelviq-onboarding.css"></head>
          <body><kelviq-onboarding partner-name="Acme"></kelviq-onboarding><p id="below">Below</p></body></html>`,
      });
      const { page } = await chromium.open({ width });
      await page.goto(system.partnerOrigin + path);
      await page.evaluate((src) => {
        const watched = window as Window & { shifts?: number };
        watched.shifts = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) watched.shifts! += (entry as Shift).value;
        }).observe({ type: 'layout-shift', buffered: true });
        const script = document.createElement('script');
        script.type = 'module';
        script.src = src;
        document.head.append(script);
      }, `${system.proxyOrigin}/kelviq-onboarding.js`);
      await page.waitForFunction(() => document.querySelector('kelviq-onboarding')?.state === 'ready');
      const [shifts, top] = await page.evaluate(async () => {
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        const { shifts: sum } = window as Window & { shifts?: number };
        return [sum, document.querySelector('#below')!.getBoundingClientRect().top] as const;
      });
      assert.equal(shifts, 0);
      assert.ok(top > 400);
    });
});
