import assert from '../support/assert.ts';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundle } from '../support/bundle.ts';
import { installPackage, type Installed } from '../support/installed.ts';
import { useChromium, type Watched } from './chromium.ts';
import { startSystem, type System } from './system.ts';
import { deliveredStep, signUp as signUpInEnglish } from './widget.ts';

type App = { render: (props: object) => string };

const javascript = { 'content-type': 'text/javascript' };

let system: System;
let project: Installed;
const chromium = useChromium();
before(async () => {
  [system, project] = await Promise.all([startSystem(), installPackage()]);
  project.add('react', 'react-dom', 'scheduler', 'vue', '@vue');
});
after(async () => {
  project.remove();
  await system.close();
});

/** Bundles an app of test/frameworks in the project. */
async function build(name: string, options?: { server: boolean }) {
  copyFileSync(new URL(`../frameworks/${name}`, import.meta.url), join(project.folder, name));
  return (await bundle(project.folder, name, options)).code;
}

const heard = ({ page }: Watched, text: string) => page.locator('output', { hasText: text }).waitFor();

/** Signs up in a page of either framework; the words on the button come from `messages`. */
async function signUp({ page }: Watched, email: string) {
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Open my account' }).click();
}

/** Another language comes with the property and goes with it. */
async function changeLanguage({ page }: Watched) {
  const toggle = page.getByRole('button', { name: 'Language' });
  await toggle.click();
  await page.getByLabel('Firmenname').waitFor();
  await toggle.click();
  await page.getByLabel('Business name').waitFor();
}

describe('React', () => {
  let html: string;
  let props: { endpoint: string; partnerName: string };
  before(async () => {
    props = { endpoint: system.proxyOrigin, partnerName: 'Acme' };
    const file = join(project.folder, 'server.mjs');
    writeFileSync(file, await build('react-app.tsx', { server: true }));
    const { render } = (await import(pathToFileURL(file).href)) as App;
    html = render(props);
    system.serve('/react.js', { html: await build('react-app.tsx'), headers: javascript });
    const page = (script: string) => `<!doctype html><html lang="en"><title>Acme</title>
      <div id="root">${html}</div>${script}`;
    const take = `hydrateApp(document.getElementById('root'), ${JSON.stringify(props)})`;
    system.serve('/react', {
      html: page(`<script type="module">import '/react.js'; ${take}</script>`),
    });
    system.serve('/react-late', {
      html: page(`<script type="module" src="PROXY/kelviq-onboarding.js"></script>
        <script>const takeOver = () => import('/react.js').then(() => { ${take} })</script>`),
    });
  });

  it('renders the tag with its attributes on a server', () => {
    const [, tag = ''] = /<kelviq-onboarding ([^>]*)>/.exec(html) ?? [];
    assert.deepEqual(
      tag.split(' ').toSorted(),
      [
        `endpoint="${props.endpoint}"`,
        'partner-name="Acme"',
        'heading-level="3"',
        'class="signup"',
      ].toSorted(),
    );
    assert.match(html, /<p slot="terms">Terms of Acme<\/p><\/kelviq-onboarding>/);
  });

  it('keeps properties, listeners and slots when it hydrates', async () => {
    const watched = await chromium.open();
    await watched.page.goto(`${system.partnerOrigin}/react`);
    await heard(watched, 'ready');
    await changeLanguage(watched);
    // Gone with its prop, not "undefined".
    assert.equal(await watched.page.locator('.signup').getAttribute('title'), null);
    assert.equal(await watched.page.getByText('Terms of Acme').count(), 1);
    assert.equal(await watched.page.getByRole('heading', { level: 3 }).count(), 1);
    await signUp(watched, 'react@example.com');
    await heard(watched, 'ready, submit react@example.com, success true, delivered');
    assert.deepEqual(watched.complaints, []);
  });

  it('hears of what happened before it hydrated, once', async () => {
    const watched = await chromium.open();
    const { page } = watched;
    await page.goto(`${system.partnerOrigin}/react-late`);
    await signUpInEnglish(page, 'late@example.com');
    await deliveredStep(page, 'Acme').waitFor();
    await page.evaluate('takeOver()');
    await heard(watched, 'success false, delivered');
    assert.equal(await page.locator('output').textContent(), 'success false, delivered');
    assert.deepEqual(watched.complaints, []);
  });
});

describe('Vue', () => {
  it('sets properties, listens and fills slots', async () => {
    system.serve('/vue.js', { html: await build('vue-app.ts'), headers: javascript });
    system.serve('/vue', {
      html: `<!doctype html><html lang="en"><title>Acme</title><body data-endpoint="PROXY">
        <div id="root"></div><script type="module" src="/vue.js"></script>`,
    });
    const watched = await chromium.open();
    await watched.page.goto(`${system.partnerOrigin}/vue`);
    await heard(watched, 'ready');
    await changeLanguage(watched);
    assert.equal(await watched.page.getByText('Terms of Acme').count(), 1);
    await signUp(watched, 'vue@example.com');
    await heard(watched, 'ready, submit vue@example.com, success true, delivered');
    assert.deepEqual(watched.complaints, []);
  });
});
