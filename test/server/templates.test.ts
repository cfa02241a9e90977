/**
 * Templates of Vue and Svelte through those frameworks' own checkers, in a partner's project. Both need
 * the compiler as a library, which TypeScript 7 is not yet, so the project has TypeScript 6.
 */
import assert from '../support/assert.ts';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPackage, type Installed } from '../support/installed.ts';

const TEMPLATES = new URL('../frameworks/', import.meta.url);
const PACKAGES = fileURLToPath(new URL('../../node_modules/', import.meta.url));

const PROJECT = {
  compilerOptions: {
    target: 'es2023',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    strict: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    noEmit: true,
  },
  vueCompilerOptions: { strictTemplates: true },
  include: ['*.vue', '*.svelte'],
};

/** A line that is right, the same with a mistake, and what a checker has to say of it. */
type Mistake = readonly [right: string, wrong: string, said: RegExp];

const MISTAKES: Record<string, readonly Mistake[]> = {
  'signup.vue': [
    ['partner-name=', 'partner-nane=', /'partnerNane' does not exist/],
    ['theme="dark"', 'theme="sepia"', /sepia.* is not assignable/],
    ['heading-level="3"', 'heading-level="three"', /three.* is not assignable/],
    ['submit:', 'sumbit:', /'sumbit' does not exist in type 'Partial<Messages>'/],
    ['@kelviq-success=', '@kelviq-succes=', /'onKelviqSucces' does not exist/],
    ['organization.clientKey', 'organization.serverKey', /'serverKey' does not exist/],
    ['detail.code', 'detail.organization', /'organization' does not exist/],
    ['slot="terms"', 'slod="terms"', /'slod' does not exist/],
  ],
  'signup.svelte': [
    ['partner-name=', 'partner-nane=', /partner-nane.* does not exist/],
    ['theme="dark"', 'theme="sepia"', /sepia.* is not assignable/],
    ['heading-level="3"', 'heading-level="three"', /three.* is not assignable/],
    ['submit:', 'sumbit:', /'sumbit' does not exist in type 'Partial<Messages>'/],
    ['onkelviq-success=', 'onkelviq-succes=', /onkelviq-succes\b.* does not exist/],
    ['organization.clientKey', 'organization.serverKey', /'serverKey' does not exist/],
    ['detail.code', 'detail.organization', /'organization' does not exist/],
    ['element?.state', 'element?.sate', /'sate' does not exist/],
  ],
  'signup-svelte-4.svelte': [
    ['on:kelviq-success=', 'on:kelviq-succes=', /on:kelviq-succes\b.* does not exist/],
    ['organization.clientKey', 'organization.serverKey', /'serverKey' does not exist/],
  ],
};

let project: Installed;
before(async () => {
  project = await installPackage();
  project.add('@vue', 'svelte', 'vue');
  symlinkSync(join(PACKAGES, 'typescript-6'), join(project.folder, 'node_modules/typescript'), 'junction');
  // A copy of its own: through a link it would find the TypeScript of this repository.
  const copy = join(project.folder, 'node_modules/svelte-check');
  cpSync(join(PACKAGES, 'svelte-check'), copy, { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies))
    if (!existsSync(join(copy, 'node_modules', name))) project.add(name);

  writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify(PROJECT));
  for (const [name, mistakes] of Object.entries(MISTAKES)) {
    const text = readFileSync(new URL(name, TEMPLATES), 'utf8');
    writeFileSync(join(project.folder, name), text);
    for (const [index, [right, wrong]] of mistakes.entries()) {
      assert.equal(text.split(right).length, 2, `${right} is in ${name} once`);
      writeFileSync(join(project.folder, withMistake(name, index)), text.replace(right, wrong));
    }
  }
});
after(() => project.remove());

const withMistake = (name: string, index: number) => name.replace('.', `-${index}.`);

/** Runs a checker in the project, and gives what `pattern` finds in its output: messages by file. */
async function said(args: readonly string[], pattern: RegExp): Promise<Map<string, string[]>> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: project.folder,
  }).catch((error: { stdout: string; stderr: string }) => error);
  assert.equal(stderr, '');
  const messages = new Map<string, string[]>();
  for (const [, file = '', message = ''] of stdout.matchAll(pattern))
    messages.set(file, [...(messages.get(file) ?? []), message]);
  return messages;
}

/** What is right passes, and each mistake is found in its place. */
function assertFound(messages: ReadonlyMap<string, string[]>, names: readonly string[]): void {
  for (const name of names) {
    assert.deepEqual(messages.get(name), undefined, name);
    for (const [index, [, wrong, expected]] of (MISTAKES[name] ?? []).entries())
      assert.match(messages.get(withMistake(name, index))?.join('\n') ?? '', expected, `${wrong} in ${name}`);
  }
}

describe('a template with the element', () => {
  it('is checked by vue-tsc, and each mistake found', async () => {
    const run = `require(${JSON.stringify(join(PACKAGES, 'vue-tsc'))}).run(require.resolve('typescript/lib/tsc'))`;
    const args = ['--eval', run, 'vue-tsc', '--pretty', 'false'];
    assertFound(await said(args, /^(\S+\.vue)\(\d+,\d+\): (error .*)$/gm), ['signup.vue']);
  });

  it('is checked by svelte-check, and each mistake found', async () => {
    const tool = join(project.folder, 'node_modules/svelte-check/bin/svelte-check');
    const args = [tool, '--tsconfig', './tsconfig.json', '--output', 'machine'];
    const messages = await said(args, /^\d+ (?:ERROR|WARNING) "([^"]+)" \d+:\d+ (.*)$/gm);
    assertFound(messages, ['signup.svelte', 'signup-svelte-4.svelte']);
  });
});
