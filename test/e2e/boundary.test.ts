/** Invariant 1 in a real browser: no secret in anything that a page, or whoever looks at it, can see. */
import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { canaries, customers } from '../support/boundary-customers.ts';
import { createSweep, type Places, type Secrets } from '../support/leaks.ts';
import { useChromium, type Watched } from './chromium.ts';
import { startSystem, type System } from './system.ts';
import { keyField, signUp } from './widget.ts';

const PAGE = `<!doctype html><html lang="en"><head><title>Partner</title>
<script>
  window.seen = [];
  for (const name of ['ready', 'submit', 'success', 'delivered', 'error', 'state-change'])
    addEventListener('kelviq-' + name, ({ type, detail }) => window.seen.push(JSON.stringify({ type, detail })));
</script>
<script type="module" src="PROXY/kelviq-onboarding.js"></script></head>
<body><kelviq-onboarding partner-name="Acme"></kelviq-onboarding></body></html>`;

/** Everything that code on the page can read. */
async function insideOf(page: Page): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const element = document.querySelector('kelviq-onboarding') as unknown as HTMLElement &
      Record<string, unknown>;
    const fields = [...(element.shadowRoot?.querySelectorAll('input') ?? [])].map(({ value }) => value);
    const properties = ['state', 'organization', 'error', 'messages', 'sessionToken'].map(
      (name) => element[name],
    );
    const databases = await indexedDB.databases();
    return {
      DOM: document.documentElement.outerHTML,
      'shadow DOM': `${element.shadowRoot?.innerHTML} ${fields.join()}`,
      properties: JSON.stringify(properties),
      events: (window as unknown as { seen: string[] }).seen.join('\n'),
      sessionStorage: JSON.stringify(Object.entries(sessionStorage)),
      localStorage: JSON.stringify(Object.entries(localStorage)),
      cookies: document.cookie,
      databases: JSON.stringify(databases),
      history: `${JSON.stringify(history.state)} ${location.href} ${window.name}`,
      timings: JSON.stringify(performance.getEntries()),
    };
  });
}

/** That, and what the browser itself was told. */
async function placesOf({ page, complaints, bodies }: Watched, heads: readonly string[]): Promise<Places> {
  const texts = {
    ...(await insideOf(page)),
    console: complaints.join('\n'),
    answers: bodies.join('\n'),
    heads: heads.join('\n'),
    'cookies of all kinds': JSON.stringify(await page.context().cookies()),
  };
  return Object.fromEntries(Object.entries(texts).map(([place, text]) => [place, Buffer.from(text)]));
}

describe('no secret in the browser', () => {
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem({ CHALLENGE: 'off' });
    system.serve('/', { html: PAGE });
  });
  after(() => system?.close());

  async function open(): Promise<{ watched: Watched; heads: string[] }> {
    const watched = await chromium.open();
    const heads: string[] = [];
    watched.page.on('response', (response) => {
      void response.allHeaders().then((all) => heads.push(JSON.stringify([response.url(), all])));
    });
    await watched.page.goto(`${system.partnerOrigin}/`);
    return { watched, heads };
  }

  const secrets = (): Secrets => ({
    'partner key': system.sandbox.partnerKey.replace('kvqp_sandbox_', ''),
    ...canaries,
    ...Object.fromEntries(
      system.sandbox.state.organizations.map((made) => [`serverKey of ${made.email}`, made.serverKey]),
    ),
  });

  const met: [string, RegExp | null][] = [
    ['plain', null],
    ['mirrored', /busy|not set up|Still|Creating|keep trying/],
    ['page-500', null],
    ['body-422', /did not accept|whole email|Kelviq/],
    ['body-409', /already/],
    ['page-403', /busy|keep trying|Creating|Still/],
  ];
  for (const [customer, words] of met)
    it(`when Kelviq answers as to ${customer}`, async () => {
      const { watched, heads } = await open();
      const email = `${customer}@boundary.example`;
      const [first, ...reads] = customers[customer] ?? [];
      if (first) system.sandbox.script({ subject: email, method: 'POST' }, [first]);
      system.sandbox.script({ subject: email, method: 'GET' }, reads);
      await signUp(watched.page, email);
      if (words) await watched.page.locator('kelviq-onboarding').getByText(words).first().waitFor();
      else await keyField(watched.page).waitFor();
      const places = await placesOf(watched, heads);
      for (const place of [
        'DOM',
        'shadow DOM',
        'properties',
        'events',
        'sessionStorage',
        'answers',
        'heads',
        'timings',
      ])
        assert.ok((places[place]?.length ?? 0) > 2, `${place} is empty`);
      assert.deepEqual(createSweep(secrets())(places), []);
    });

  it('and each leak planted there is found', async () => {
    const { watched, heads } = await open();
    const { page } = watched;
    await signUp(page, 'planted@boundary.example');
    await keyField(page).waitFor();
    const [name, key] = Object.entries(secrets()).find(([of]) => of.includes('planted@')) ?? assert.fail();
    await page.evaluate((secret) => {
      const element = document.querySelector('kelviq-onboarding') as unknown as HTMLElement &
        Record<string, unknown>;
      const half = secret.length / 2;
      document.body.dataset['a'] = encodeURIComponent(btoa(secret));
      element.shadowRoot?.append(new Comment(secret));
      element['sessionToken'] = btoa(`..${secret}`);
      (window as unknown as { seen: string[] }).seen.push(
        JSON.stringify([secret.slice(0, half), secret.slice(half)]),
      );
      sessionStorage.setItem('a', Array.from(secret).toReversed().join(''));
      localStorage.setItem('a', JSON.stringify(Array.from(secret, (letter) => letter.charCodeAt(0))));
      document.cookie = `a=${secret.toUpperCase()}`;
      indexedDB.open(secret);
      history.replaceState({ secret }, '');
      performance.mark(secret);
      console.debug(secret);
    }, String(key));
    await page.evaluate(async (secret) => void (await fetch(`/${secret}`)).text(), String(key));
    const found = createSweep(secrets())(await placesOf(watched, heads));
    const kinds = [
      'DOM',
      'shadow DOM',
      'properties',
      'events',
      'sessionStorage',
      'localStorage',
      'cookies',
      'databases',
    ];
    for (const place of [...kinds, 'history', 'timings', 'console', 'heads', 'cookies of all kinds'])
      assert.ok(
        found.some((leak) => leak.startsWith(name) && leak.endsWith(`, in ${place}`)),
        `${place}: ${found.join('; ')}`,
      );
  });
});
