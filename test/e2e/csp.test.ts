import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { useChromium } from './chromium.ts';
import { startSystem, type System } from './system.ts';
import { deliveredStep, keyField, send, signUp } from './widget.ts';

const MODULE = '<script type="module" src="PROXY/kelviq-onboarding.js"></script>';
const CLASSIC = '<script src="PROXY/kelviq-onboarding.global.js"></script>';

const page = (
  scripts: string,
) => `<!doctype html><html lang="en"><head><title>Partner</title>${scripts}</head>
<body><kelviq-onboarding partner-name="Acme"></kelviq-onboarding></body></html>`;

describe('drop-in on a page with the strictest policy', () => {
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem({ CHALLENGE: 'on' });
  });
  after(() => system?.close());

  const policy = () => ({
    'content-security-policy': `default-src 'none'; script-src ${system.proxyOrigin}; connect-src ${system.proxyOrigin}; require-trusted-types-for 'script'; trusted-types kelviq-onboarding`,
  });
  const openPage = async (path: string, scripts: string) => {
    system.serve(path, { html: page(scripts), headers: policy() });
    const watched = await chromium.open();
    await watched.page.goto(system.partnerOrigin + path);
    return watched;
  };

  const kinds: [string, string][] = [
    ['a module', MODULE],
    ['a classic script', CLASSIC],
    [
      'a module twice, by two URLs',
      `${MODULE}<script type="module" src="PROXY/kelviq-onboarding.js?again"></script>`,
    ],
    ['a module and a classic script', MODULE + CLASSIC],
    ['a classic script twice', CLASSIC + CLASSIC],
  ];
  for (const [index, [kind, scripts]] of kinds.entries()) {
    it(`signs up without a complaint as ${kind}`, async () => {
      const { page: at, complaints } = await openPage(`/kind-${index}`, scripts);
      const already = system.receiver.events.length;
      const email = `kind-${index}@acme.example`;
      await signUp(at, email);
      await keyField(at).waitFor();
      await system.receiver.received(already + 1);
      await deliveredStep(at, 'Acme').waitFor();
      const made = system.sandbox.state.organizations.find((organization) => organization.email === email);
      assert.equal(await keyField(at).inputValue(), made?.clientKey);
      assert.equal(system.receiver.events.at(-1)?.data.serverKey, made?.serverKey);
      assert.deepEqual(complaints, []);
    });
  }

  it('signs up who is a second quicker than the session, at the cost of a 403', async () => {
    system.serve('/quick', { html: page(CLASSIC + CLASSIC), headers: policy() });
    const { page: at, complaints } = await chromium.open();
    const posted = at.waitForRequest((request) => request.method() === 'POST');
    await at.route('**/v1/session', async (route) => {
      await posted;
      // The element no longer waits for the first one.
      await route.continue().catch(() => {});
    });
    await at.goto(`${system.partnerOrigin}/quick`);
    await send(at, 'quicker@acme.example');
    await deliveredStep(at, 'Acme').waitFor();
    assert.deepEqual(complaints, [
      'error: Failed to load resource: the server responded with a status of 403 (Forbidden)',
    ]);
  });

  it('is styled and in German without a complaint', async () => {
    const { page: at, complaints } = await openPage('/german', MODULE);
    await at.evaluate(() => document.querySelector('kelviq-onboarding')?.setAttribute('locale', 'de'));
    await at.locator('kelviq-onboarding [lang=de]').first().waitFor();
    const shown = at.locator('kelviq-onboarding [part=submit]');
    assert.notEqual(
      await shown.evaluate((button) => getComputedStyle(button).backgroundColor),
      'rgba(0, 0, 0, 0)',
    );
    assert.deepEqual(complaints, []);
  });

  it('shows the key again after a reload', async () => {
    const { page: at, complaints } = await openPage('/again', MODULE);
    await signUp(at, 'again@acme.example');
    await keyField(at).waitFor();
    const shown = await keyField(at).inputValue();
    await at.reload();
    await keyField(at).waitFor();
    assert.equal(await keyField(at).inputValue(), shown);
    assert.deepEqual(complaints, []);
  });

  it('follows a signup that was pending at a reload', async () => {
    const email = 'pending@acme.example';
    system.sandbox.script({ subject: email, method: 'POST' }, [{ delayMs: 1500 }]);
    const { page: at, complaints } = await openPage('/pending', MODULE);
    const posted = at.waitForRequest((request) => request.method() === 'POST');
    await signUp(at, email);
    await posted;
    while (system.sandbox.state.organizations.every((made) => made.email !== email))
      await at.waitForTimeout(20);
    await at.reload();
    await keyField(at).waitFor();
    const made = system.sandbox.state.organizations.filter((organization) => organization.email === email);
    assert.deepEqual(
      [await keyField(at).inputValue()],
      made.map(({ clientKey }) => clientKey),
    );
    assert.deepEqual(complaints, []);
  });

  it('keeps what was typed over a reload', async () => {
    const { page: at } = await openPage('/typed', MODULE);
    await at.getByLabel('Email').fill('half@typed.example');
    await at.getByLabel('Business name').fill('Half Typed');
    await at.reload();
    await at.getByLabel('Business name').waitFor();
    assert.equal(await at.getByLabel('Email').inputValue(), 'half@typed.example');
    assert.equal(await at.getByLabel('Business name').inputValue(), 'Half Typed');
  });
});
