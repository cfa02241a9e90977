import assert from '../support/assert.ts';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { bundle } from '../support/bundle.ts';
import { leastEnvironment } from '../support/environment.ts';
import { installPackage, type Installed } from '../support/installed.ts';
import { serveProcess } from '../support/serve-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const tool = (path: string) => join(root, 'node_modules', path);

/** Runs a tool of this repository; rejects with what it wrote. */
async function check(path: string, args: readonly string[], cwd: string): Promise<void> {
  await run(process.execPath, [tool(path), ...args], { cwd }).catch(
    (error: { stdout: string; stderr: string }) => assert.fail(`${error.stdout}${error.stderr}`),
  );
}

let project: Installed;
before(async () => {
  project = await installPackage();
});
after(() => project.remove());

const ENTRIES = `
import { KelviqOnboarding, KelviqSuccessEvent, type Messages, type State } from 'kelviq-onboarding';
import { KelviqOnboarding as Element } from 'kelviq-onboarding/element';
import { createOnboarding, webhook, type OnboardingOptions } from 'kelviq-onboarding/proxy';
import { createSessionToken, verifyDelivery } from 'kelviq-onboarding/backend';
export const state: State = new Element().state;
export const words: Partial<Messages> = new KelviqOnboarding().messages;
export const listen = () =>
  document.addEventListener('kelviq-success', (event) => {
    const known: KelviqSuccessEvent = event;
    const key: string | null = event.detail.organization.clientKey;
    return [known, key];
  });
export const open = (options: OnboardingOptions) =>
  createOnboarding({ ...options, baseUrl: process.env['KELVIQ_BASE_URL'] }).app.fetch;
declare const known: { email?: string; company?: string };
const stated = { externalId: '', email: known.email, businessName: known.company };
export const identify: OnboardingOptions['identify'] = () => stated;
export const token: Promise<string> = createSessionToken({ secret: '', ...stated });
export const verify = () =>
  verifyDelivery({ body: '', headers: {}, secret: '', decryptionKey: process.env['DECRYPTION_KEY'] });
export const deliver = webhook({ url: '', secrets: [], encryptionKey: process.env['ENCRYPTION_KEY'] });
`;

describe('the installed package', () => {
  it('is well formed, says publint', async () => {
    const { messages } = await publint({ pkgDir: root, strict: true, pack: false });
    assert.deepEqual(messages, []);
  });

  it('has the right types, says attw', async () => {
    const args = [project.tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'];
    await check('@arethetypeswrong/cli/dist/index.js', args, project.folder);
  });

  for (const [mode, module] of [
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ] as const)
    it(`resolves its types in ${mode} mode`, async () => {
      const file = `entries-${mode}.ts`;
      writeFileSync(join(project.folder, file), ENTRIES);
      const options = `--noEmit --strict --exactOptionalPropertyTypes --verbatimModuleSyntax --target es2022 --lib es2023,dom,dom.iterable,dom.asynciterable --types node`;
      const resolution = `--module ${module} --moduleResolution ${mode} --typeRoots ${tool('@types')}`;
      await check('typescript/bin/tsc', [...`${options} ${resolution}`.split(' '), file], project.folder);
    });

  it('is known to the frameworks’ types', () => check('typescript/bin/tsc', ['-p', 'test/frameworks'], root));

  it('can be imported whole with what it declares', async () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
    const entries = Object.keys(exports)
      .filter((entry) => !/\*|json|react/.test(entry))
      .map((entry) => entry.replace('.', 'kelviq-onboarding'));
    assert.ok(entries.length >= 4);
    const code = `for (const entry of ${JSON.stringify(entries)}) if (Object.keys(await import(entry)).length === 0) throw new Error(entry);
      for (const file of ['locales/fr.json', 'drop-in/kelviq-onboarding.js', 'custom-elements.json', 'types/react']) import.meta.resolve('kelviq-onboarding/' + file);`;
    await run(process.execPath, ['--input-type=module', '-e', code], { cwd: project.folder });
  });

  it('gives React what it knew before 19', async () => {
    const folder = join(project.folder, 'node_modules/react');
    mkdirSync(folder);
    // It hands a ref over to forwardRef alone, writes className as it is, and complains of layout effects on a server.
    writeFileSync(join(folder, 'package.json'), '{ "name": "react", "type": "module", "main": "react.js" }');
    writeFileSync(
      join(folder, 'react.js'),
      `export const forwardRef = (render) => (props) => render(props, props.ref);
      export const createElement = (tag, props) => props;
      export const useRef = (current) => ({ current });
      export const useState = (initial) => [initial()];
      export const useEffect = () => {};
      export const useImperativeHandle = (ref) => (globalThis.given = ref);
      export const useLayoutEffect = () => { throw new Error('on a server'); };`,
    );
    const code = `const { KelviqOnboarding } = await import('kelviq-onboarding/react');
      const props = KelviqOnboarding({ className: 'signup', partnerName: 'Acme', ref: 'ref' });
      console.log(props.class, props.className, props['partner-name'], given);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
      cwd: project.folder,
    });
    rmSync(folder, { recursive: true });
    assert.equal(stdout, 'signup undefined Acme ref\n');
  });

  it('runs its bin, which serves scripts and languages', async () => {
    const { bin } = JSON.parse(
      readFileSync(join(project.folder, 'node_modules/kelviq-onboarding/package.json'), 'utf8'),
    ) as { bin: Record<string, string> };
    const cli = join(project.folder, 'node_modules/kelviq-onboarding', bin['kelviq-onboarding'] ?? '');
    assert.match(readFileSync(cli, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    const { stdout } = await run(process.execPath, [cli, '--help'], { cwd: project.folder });
    assert.match(stdout, /^ {2}serve {2}/m);
    const DATABASE_URL = `sqlite:${join(project.folder, 'signups.db')}`;
    const server = serveProcess({ ...leastEnvironment, DATABASE_URL }, [cli]);
    try {
      const url = await server.url;
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      assert.match(await (await fetch(`${url}/kelviq-onboarding.js`)).text(), /kelviq-onboarding/);
      assert.match(await (await fetch(`${url}/locales/fr.json`)).text(), /"Créer le compte"/);
    } finally {
      server.signal('SIGTERM');
    }
    assert.equal(await server.ended, 0);
  });
});

/** Names of the modules in a bundle of `code`. */
async function modulesOf(code: string): Promise<string[]> {
  writeFileSync(join(project.folder, 'entry.js'), code);
  const { modules } = await bundle(project.folder, 'entry.js');
  return [...modules]
    .filter(([, bytes]) => bytes > 0)
    .map(([id]) => relative(project.folder, id).replace(/^.*node_modules\//, ''));
}

describe('a bundle', () => {
  it('of the element alone has nothing of the server in it', async () => {
    const modules = await modulesOf(`import 'kelviq-onboarding';`);
    assert.ok(modules.includes('kelviq-onboarding/dist/widget/kelviq-onboarding.js'));
    // Limits and what an invisible character is: plain values that both sides check by.
    const expected =
      /^(?:kelviq-onboarding\/dist\/(?:widget\/.+|proxy\/(?:limits|text)\.js)|lit-html\/.+|entry\.js)$/;
    assert.deepEqual(
      modules.filter((id) => !expected.test(id)),
      [],
    );
  });

  it('has nothing of what is imported and not used', async () => {
    const modules = await modulesOf(`
      import { KelviqOnboarding } from 'kelviq-onboarding/element';
      import { createOnboarding } from 'kelviq-onboarding/proxy';
      import { verifyDelivery } from 'kelviq-onboarding/backend';
      console.log('nothing');
    `);
    assert.deepEqual(modules, ['entry.js']);
  });

  it('of the receiver has neither element nor proxy in it', async () => {
    const modules = await modulesOf(`
      import { verifyDelivery } from 'kelviq-onboarding/backend';
      globalThis.verify = verifyDelivery;
    `);
    assert.ok(modules.includes('kelviq-onboarding/dist/proxy/backend.js'));
    const others =
      /\/widget\/|^(?:hono|zod|undici|libsql|pg|lit-html)\/|\/(?:onboarding|kelviq|store[\w.-]*)\.js$/;
    assert.deepEqual(
      modules.filter((id) => others.test(id)),
      [],
    );
  });
});
