/** Every text that the widget shows, from attributes, messages, languages and the proxy, stays text. */
import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { english } from '../../widget/messages.ts';
import { useChromium } from './chromium.ts';
import { PAYLOADS, startHostileProxy, type Fate } from './hostile-proxy.ts';
import { startSystem, type System } from './system.ts';

/** No policy at all: what gets through runs. */
const PAGE = `<!doctype html><html lang="en"><head><title>Partner</title>
<script>window.ran = 0; window.pwned = () => void window.ran++; window.alert = window.pwned;</script>
<script type="module" src="PROXY/kelviq-onboarding.js"></script></head><body></body></html>`;

type Mounted = { kind: string; attributes?: Record<string, string>; messages?: Record<string, string> };

/** What is wrong with the page: code that ran, elements and attributes that no template holds, links that run. */
async function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const host = document.querySelector('kelviq-onboarding');
    const faults = (window as unknown as { ran: number }).ran > 0 ? ['code ran'] : [];
    for (const element of host?.shadowRoot?.querySelectorAll('*') ?? []) {
      if (
        /^(?:script|img|svg|iframe|object|embed|math|animate|details|template|style|base|link|meta)$/.test(
          element.localName,
        )
      )
        faults.push(`<${element.localName}>`);
      for (const { name, value } of element.attributes) {
        if (name.startsWith('on') || name === 'style' || name === 'srcdoc')
          faults.push(`${element.localName} ${name}`);
        if (name === 'href' && !/^(?:https?|mailto|tel):$/.test((element as HTMLAnchorElement).protocol))
          faults.push(`link to ${value}`);
      }
    }
    return faults;
  });
}

/** Puts an element on the page, as a partner's own code would. */
async function mount(page: Page, { attributes = {}, messages }: Omit<Mounted, 'kind'>): Promise<void> {
  await page.evaluate(
    ({ given, words }) => {
      document.body.replaceChildren();
      sessionStorage.clear();
      const element = document.createElement('kelviq-onboarding');
      for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
      if (words) Object.assign(element, { messages: words });
      document.body.append(element);
      return new Promise<void>((resolve) => {
        const look = () =>
          element.shadowRoot?.querySelector('[part=form]') ? resolve() : requestAnimationFrame(look);
        look();
      });
    },
    { given: attributes, words: messages },
  );
}

/** What the proxy's answer leads to. */
const SHOWN: Readonly<Record<Fate, string>> = {
  made: '[part=key]',
  pending: '[aria-disabled=true]',
  refused: '[part=alert]',
  failed: ':is([part=alert], [part=error])',
};

/** Sends the form, a hint on the way, and waits for what the proxy's answer leads to; hundreds of times, so in one step. */
async function send(page: Page, fate: Fate): Promise<void> {
  await page.evaluate(async (last) => {
    const element = document.querySelector('kelviq-onboarding') as HTMLElement & { requestSubmit(): void };
    const find = (selector: string) => element.shadowRoot?.querySelector<HTMLInputElement>(selector);
    const shown = async (selector: string) => {
      while (!find(selector)?.getClientRects().length) await new Promise(requestAnimationFrame);
    };
    const type = async (text: string) => {
      const input = find('[name=email]')!;
      input.value = text;
      for (const event of ['input', 'change']) {
        input.dispatchEvent(new Event(event));
        await new Promise(requestAnimationFrame);
      }
    };
    await type('ana@gmial.com');
    await shown('form .link');
    await type('ana@acme.example');
    element.requestSubmit();
    await shown(last);
  }, SHOWN[fate]);
}

describe('text from elsewhere', () => {
  const chromium = useChromium();
  let system: System;
  let hostile: Awaited<ReturnType<typeof startHostileProxy>>;
  before(async () => {
    system = await startSystem();
    hostile = await startHostileProxy();
    system.serve('/xss', { html: PAGE });
  });
  after(async () => {
    await hostile?.close();
    await system?.close();
  });
  const open = async () => {
    const { page } = await chromium.open();
    await page.goto(`${system.partnerOrigin}/xss`);
    return page;
  };

  it('stays text in every attribute', async () => {
    const page = await open();
    for (const [index, x] of PAYLOADS.entries()) {
      const names = ['email', 'business-name', 'partner-name', 'locale', 'theme', 'heading-level'];
      const urls = ['sign-in-url', 'support-url', 'session-token'];
      await mount(page, {
        attributes: {
          endpoint: `${hostile.url}/${index}/refused`,
          ...Object.fromEntries([...names, ...urls].map((name) => [name, x])),
        },
      });
      await send(page, 'refused');
      assert.deepEqual(await faultsOf(page), [], x);
      await mount(page, { attributes: { endpoint: x, 'session-url': x, 'support-url': x } });
      assert.deepEqual(await faultsOf(page), [], `endpoint ${x}`);
    }
  });

  it('stays text in messages of the page', async () => {
    const page = await open();
    for (const [index, x] of PAYLOADS.entries()) {
      const messages = Object.fromEntries(Object.keys(english).map((key) => [key, `${x} {partner}`]));
      await mount(page, {
        attributes: { endpoint: `${hostile.url}/${index}/made`, 'partner-name': x },
        messages,
      });
      await send(page, 'made');
      assert.deepEqual(await faultsOf(page), [], x);
    }
  });

  for (const fate of ['made', 'pending', 'refused', 'failed'] as const)
    it(`stays text in what a proxy says: ${fate}`, async () => {
      const page = await open();
      for (const [index, x] of PAYLOADS.entries()) {
        await mount(page, { attributes: { endpoint: `${hostile.url}/${index}/${fate}` } });
        await send(page, fate);
        assert.deepEqual(await faultsOf(page), [], x);
      }
    });

  it('stays text in a language', async () => {
    const page = await open();
    for (const [index, x] of PAYLOADS.entries()) {
      await mount(page, { attributes: { endpoint: `${hostile.url}/${index}/made`, locale: 'de' } });
      await page.locator('kelviq-onboarding [lang=de]').first().waitFor();
      assert.ok((await page.locator('kelviq-onboarding [part=submit]').textContent())?.includes(x), x);
      await send(page, 'made');
      assert.deepEqual(await faultsOf(page), [], x);
    }
  });

  it('stays text from Kelviq through the real proxy', async () => {
    const page = await open();
    for (const [index, x] of PAYLOADS.slice(0, 6).entries()) {
      const email = `xss-${index}@acme.example`;
      const answer = (usual: { status: number; body: unknown }) => ({
        ...usual,
        body: { ...(usual.body as object), clientKey: x, organizationSlug: x },
      });
      system.sandbox.script({ subject: email, method: 'POST' }, [{ answer }]);
      await mount(page, { attributes: { 'partner-name': x } });
      await page.locator('kelviq-onboarding [name=email]').fill(email);
      await page.locator('kelviq-onboarding [name=businessName]').fill(x);
      await page.locator('kelviq-onboarding [part=submit]').click();
      await page.locator('kelviq-onboarding #key').waitFor();
      assert.equal(await page.locator('kelviq-onboarding #key').inputValue(), x);
      assert.deepEqual(await faultsOf(page), [], x);
    }
  });

  for (const script of [
    'src="PROXY/kelviq-onboarding.global.js"',
    'type="module" src="PROXY/kelviq-onboarding.js"',
  ])
    it(`does not name the proxy, where it takes the script's place: ${script}`, async () => {
      const elsewhere = `${hostile.url}/0/made/x.png`;
      for (const [index, tag] of ['img', 'embed'].entries()) {
        const path = `/named-${script.length}-${index}`;
        const html = `<!doctype html><title>Partner</title><${tag} name="currentScript" src="${elsewhere}">
          <script ${script}></script><kelviq-onboarding></kelviq-onboarding>`;
        system.serve(path, { html });
        const { page } = await chromium.open();
        await page.goto(system.partnerOrigin + path);
        const endpoint = await page
          .locator('kelviq-onboarding')
          .evaluate((element) => (element as HTMLElement & { endpoint: string }).endpoint);
        assert.equal(endpoint, `${system.proxyOrigin}/`, tag);
      }
    });

  it('would be found if it ran', async () => {
    const page = await open();
    await mount(page, { attributes: { endpoint: `${hostile.url}/0/made` } });
    await page.evaluate((html) => {
      const root = document.querySelector('kelviq-onboarding')?.shadowRoot;
      root?.append(
        document.createRange().createContextualFragment(`<p>${html}<a href="javascript:pwned()">x</a></p>`),
      );
    }, PAYLOADS[0]);
    await page.waitForFunction(() => (window as unknown as { ran: number }).ran > 0);
    const faults = await faultsOf(page);
    for (const fault of ['code ran', '<img>', 'img onerror', 'link to javascript:pwned()'])
      assert.ok(faults.includes(fault), fault);
  });
});
