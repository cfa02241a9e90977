import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { createSessionToken } from '../../proxy/backend.ts';
import { useChromium, type Watched } from './chromium.ts';
import { startSystem, type System } from './system.ts';
import { keyField, signUp } from './widget.ts';

const SESSION_SECRET = 'a-session-secret-of-the-debug-test-32-bytes';
const [DEBUG, DROP_IN] = ['kelviq-onboarding.debug.js', 'kelviq-onboarding.js'].map(
  (file) => `<script type="module" src="PROXY/${file}"></script>`,
) as [string, string];
const SCRIPTS = DEBUG + DROP_IN;

const panel = (page: Page) => page.locator('kelviq-onboarding-debug');
const element = (page: Page) => page.locator('kelviq-onboarding');

/** Waits until panel, console and, where customers would be told, the element name the fix. */
async function names({ page, complaints }: Watched, fix: string, inElement = true): Promise<void> {
  await panel(page).getByText(fix).first().waitFor();
  if (inElement) await element(page).locator('[part=alert]').getByText(fix).waitFor();
  assert.ok(
    complaints.some((complaint) => complaint.includes(fix)),
    complaints.join('\n'),
  );
}

describe('the debug script', () => {
  const chromium = useChromium();
  let system: System;
  let serial = 0;
  before(async () => {
    system = await startSystem({ SESSION_SECRET, OPEN_SIGNUP: 'true' });
  });
  after(() => system?.close());

  /** A page of the partner with an element of these attributes. */
  async function open(
    attributes: string,
    { policy = '', origin = system.partnerOrigin, scripts = SCRIPTS } = {},
  ): Promise<Watched> {
    const path = `/debug-${serial++}`;
    system.serve(path, {
      html: `<!doctype html><html lang="en"><head>${scripts}</head><body><kelviq-onboarding partner-name="Acme" ${attributes}></kelviq-onboarding></body></html>`,
      headers: policy ? { 'content-security-policy': policy } : {},
    });
    const watched = await chromium.open();
    await watched.page.goto(origin + path);
    return watched;
  }

  /** The same, with the debug script there only once the element is in this state. */
  async function openLate(attributes: string, state: string): Promise<Watched> {
    const watched = await open(attributes, { scripts: DROP_IN });
    await watched.page.waitForFunction(
      (name) => document.querySelector('kelviq-onboarding')?.state === name,
      state,
    );
    const url = `${system.proxyOrigin}/kelviq-onboarding.debug.js`;
    await watched.page.addScriptTag({ type: 'module', url });
    return watched;
  }

  it('names the line of ALLOWED_ORIGINS to add', async () => {
    const origin = system.partnerOrigin.replace('localhost', '127.0.0.1');
    await names(await open('', { origin }), `ALLOWED_ORIGINS=${origin}`);
  });

  it('names a page without an origin', async () => {
    await names(await open('', { policy: 'sandbox allow-scripts' }), 'it was opened as a file');
  });

  it('names a token of another origin', async () => {
    const origin = 'https://elsewhere.example';
    const token = await createSessionToken({ secret: SESSION_SECRET, externalId: 'c-1', origin });
    await names(await open(`session-token="${token}"`), 'The session token was made for another origin.');
  });

  it('names what went wrong before it was there', async () => {
    const origin = 'https://elsewhere.example';
    const token = await createSessionToken({ secret: SESSION_SECRET, externalId: 'c-1', origin });
    const good = await createSessionToken({ secret: SESSION_SECRET, externalId: 'c-2' });
    const elsewhere = await openLate(`session-token="${token}"`, 'failed');
    await names(elsewhere, 'The session token was made for another origin.');
    await names(elsewhere, `origin is "${origin}"; this page is`, false);
    assert.ok(!elsewhere.complaints.some((complaint) => complaint.includes('ALLOWED_ORIGINS=')));
    const { page } = await openLate(`session-token="${good}"`, 'ready');
    await panel(page).getByText('"sub":"c-2"').waitFor();
  });

  it('names a wrong endpoint', async () => {
    const wrong = `${system.partnerOrigin}/nowhere`;
    await names(await open(`endpoint="${wrong}"`), `Nothing at ${wrong} answers as the proxy does.`);
  });

  it('names an endpoint that gives no answer, at once', async () => {
    const wrong = system.proxyOrigin.replace('http:', 'https:');
    await names(await open(`endpoint="${wrong}"`), `No answer from ${wrong} could be read.`, false);
  });

  it('names what a malformed token lacks', async () => {
    await names(await open('session-token="not.a-token"'), 'It is not a JWT', false);
    // No header takes these letters: the browser itself refuses the request.
    await names(await open('session-token="ключ"'), 'It is not a JWT', false);
  });

  it('names what is wrong with a session-url', async () => {
    await names(await open('session-url="/nobody"'), '/nobody gave no token');
    const { proxyOrigin, partnerOrigin } = system;
    await names(await open(`session-url="${proxyOrigin}/token"`), `serve it on ${partnerOrigin}, not on`);
  });

  it('shows the claims of a token, and when it ends', async () => {
    const token = await createSessionToken({
      secret: SESSION_SECRET,
      externalId: 'customer-42',
      email: 'mara@northside.example',
    });
    const { page } = await open(`session-token="${token}"`);
    await panel(page).getByText('"sub":"customer-42"').waitFor();
    await panel(page).getByText('expires ').waitFor();
    await panel(page).getByText('GET /v1/session → 200').waitFor();
    assert.equal(await panel(page).getByText('session_invalid').count(), 0);
  });

  it('names a secret that differs', async () => {
    const token = await createSessionToken({
      secret: 'another-secret-of-32-bytes-or-more-x',
      externalId: 'c-1',
    });
    await names(await open(`session-token="${token}"`), 'check SESSION_SECRET on both sides');
  });

  it('names the directive as a policy has to write it', async () => {
    for (const [rest, directive] of [
      ['', 'connect-src PROXY'],
      ["; connect-src 'self' https://api.example", "connect-src 'self' https://api.example PROXY"],
      ['; connect-src PROXY; trusted-types mine', 'trusted-types mine kelviq-onboarding'],
    ] as const) {
      const [policy, written] = [
        `default-src 'none'; script-src PROXY${rest}`,
        `rite in it: ${directive}`,
      ].map((text) => text.replaceAll('PROXY', system.proxyOrigin));
      await names(await open('', { policy: policy! }), written!, false);
    }
  });

  it('names nothing to write for what is not its own', async () => {
    const { page, complaints } = await open('', {
      policy: `default-src 'none'; script-src PROXY; connect-src PROXY`.replaceAll(
        'PROXY',
        system.proxyOrigin,
      ),
    });
    await page.evaluate(() => document.body.setAttribute('style', 'color: red'));
    await panel(page).getByText('The element needs nothing of the kind.').waitFor();
    assert.ok(!complaints.some((complaint) => complaint.includes('rite in it')));
  });

  it('names colours that are too close', async () => {
    const watched = await open('class="pale"');
    await watched.page.addStyleTag({ content: '.pale { --kelviq-text: #aaa }' });
    await watched.page.evaluate(() => document.querySelector('kelviq-onboarding')?.reset());
    await names(watched, 'WCAG AA asks for 4.5: --kelviq-text on --kelviq-background.', false);
  });

  it('keeps its panel readable on any page', async () => {
    const { page } = await open('');
    await panel(page).getByText('kelviq-ready').waitFor();
    await page.addStyleTag({ content: 'body > * { display: none !important; text-transform: uppercase }' });
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl';
      document.body.innerHTML = '<kelviq-onboarding endpoint></kelviq-onboarding>';
    });
    const line = panel(page).getByText('Say where the proxy is');
    await line.waitFor();
    const style = await line.evaluate((node) => {
      const { direction, textTransform } = getComputedStyle(node);
      return `${direction} ${textTransform}`;
    });
    assert.equal(style, 'ltr none');
  });

  it('says that nothing has defined the element', async () => {
    system.serve('/bare', { html: DEBUG, headers: {} });
    const { page } = await chromium.open();
    await page.goto(`${system.partnerOrigin}/bare`);
    await panel(page).getByText('Nothing has defined <kelviq-onboarding> yet.').waitFor();
  });

  it('says nothing bad of a page that is right', async () => {
    const { page, complaints } = await open('');
    await signUp(page, 'debug@acme.example');
    await keyField(page).waitFor();
    await panel(page).getByText('kelviq-success').waitFor();
    assert.equal(await panel(page).locator('.bad').count(), 0);
    assert.deepEqual(complaints, []);
  });

  const shown: Record<string, string> = {
    ready: 'Create account',
    loading: 'Create account',
    invalid: 'Enter a whole email address',
    hint: 'Did you mean ana@gmail.com?',
    email_taken: 'already has a Kelviq account',
    checking: 'A short safety check…',
    submitting: 'Creating your account…',
    offline: 'We keep trying…',
    busy: 'It is busy right now',
    timed_out: 'This takes too long',
    rate_limited: 'Please try again in 10 minutes',
    not_available: 'It is busy right now',
    session_required: 'Sign in to Acme',
    session_expired: 'This page was open too long',
    challenge_failed: 'The check failed',
    not_found: 'This form is not set up yet',
    endpoint_invalid: 'This form is not set up yet',
    success: 'we emailed a link to ana@example.com',
    delivered: 'Acme has received your secret key',
    undelivered: 'Nothing for you to do',
    welcome_back: 'Welcome back',
    key_pending: 'On its way.',
  };
  it('shows every state without a network', async () => {
    const already = system.sandbox.state.organizations.length;
    const { page } = await open('preview="ready"');
    await panel(page).getByText('This is a preview of ready').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    for (const [name, words] of Object.entries(shown)) {
      await page.evaluate((preview) => {
        document.querySelector('kelviq-onboarding')?.remove();
        const next = document.createElement('kelviq-onboarding');
        next.setAttribute('partner-name', 'Acme');
        next.setAttribute('endpoint', '');
        next.setAttribute('preview', preview);
        document.body.append(next);
      }, name);
      await element(page).locator('.card').getByText(words).first().waitFor();
    }
    await element(page).evaluate((node) => node.removeAttribute('preview'));
    await panel(page).getByText('The preview goes on').waitFor();
    assert.equal(system.sandbox.state.organizations.length, already);
    assert.deepEqual(
      asked.filter((url) => !url.endsWith('/snippets.json')),
      [],
    );
  });

  it('shows a refusal at its own status', async () => {
    const { page } = await open('preview="origin_not_allowed"');
    await panel(page).getByText('"status":403').waitFor();
  });

  it('shows a preview in the language of the page', async () => {
    for (const [preview, words] of [
      ['email_taken', 'gibt es schon ein Kelviq-Konto'],
      ['delivered', 'Acme hat Ihren geheimen Schlüssel erhalten.'],
    ] as const) {
      const { page } = await open(`locale="de" preview="${preview}"`);
      await element(page).locator('.card').getByText(words).first().waitFor();
    }
  });

  it('lets the page hear nothing of a preview', async () => {
    const { page } = await open('preview="ready"');
    await panel(page).getByText('This is a preview of ready').waitFor();
    const heard = await page.evaluate(async () => {
      const events: string[] = [];
      for (const name of ['submit', 'success', 'state-change'])
        document.addEventListener(`kelviq-${name}`, () => events.push(name));
      const next = document.createElement('kelviq-onboarding');
      next.setAttribute('endpoint', '');
      next.setAttribute('preview', 'success');
      document.body.append(next);
      while (next.state !== 'success') await new Promise((resolve) => setTimeout(resolve, 10));
      return events;
    });
    assert.deepEqual(heard, []);
  });

  it('plays another preview when the attribute changes', async () => {
    const { page } = await open('preview="succes"');
    await panel(page).getByText('preview="succes" is none of').waitFor();
    for (const [preview, words] of [
      ['success', 'we emailed a link to ana@example.com'],
      ['email_taken', 'already has a Kelviq account'],
      ['welcome_back', 'Welcome back'],
      ['timed_out', 'This takes too long'],
    ] as const) {
      await element(page).evaluate((node, name) => node.setAttribute('preview', name), preview);
      await element(page).locator('.card').getByText(words).first().waitFor();
    }
  });

  it('plays a preview inside a shadow root', async () => {
    const { page } = await open('preview="ready"');
    await panel(page).getByText('This is a preview of ready').waitFor();
    await page.evaluate(() => {
      const host = document.createElement('div');
      host.attachShadow({ mode: 'open' }).innerHTML =
        '<kelviq-onboarding endpoint preview="welcome_back"></kelviq-onboarding>';
      document.body.append(host);
    });
    await page.locator('div kelviq-onboarding .card').getByText('Welcome back').first().waitFor();
  });

  it('has one panel, also where the script is there twice', async () => {
    const { page } = await chromium.open();
    const other = system.proxyOrigin.replace('localhost', '127.0.0.1');
    const again = `<script type="module" src="${other}/kelviq-onboarding.debug.js"></script>`;
    system.serve('/debug-twice', {
      html: `<!doctype html><html lang="en"><head>${again}${SCRIPTS}</head><body><kelviq-onboarding></kelviq-onboarding></body></html>`,
    });
    await page.goto(`${system.partnerOrigin}/debug-twice`);
    await panel(page).getByText('kelviq-ready').waitFor();
    assert.equal(await panel(page).count(), 1);
    assert.equal(await panel(page).getByText('GET /v1/session').count(), 1);
  });

  it('plays no preview where a proxy is no sandbox', async () => {
    const { page } = await chromium.open();
    system.serve('/real/v1/session', {
      html: JSON.stringify({ environment: 'production', email: null, businessName: null, pending: false }),
      headers: { 'content-type': 'application/json' },
    });
    system.serve('/real', {
      html: `<!doctype html><html lang="en"><head>${SCRIPTS}</head><body><kelviq-onboarding endpoint="/real" preview="success"></kelviq-onboarding></body></html>`,
    });
    await page.goto(`${system.partnerOrigin}/real`);
    await panel(page).getByText('is for the sandbox alone').waitFor();
    assert.equal(await keyField(page).count(), 0);
  });
});
