import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import assert from '../support/assert.ts';
import { TYPESCRIPT } from '../support/serve-process.ts';

/** More files than Node lets listen to one signal without a warning. */
const FILES = 11;

/** Module of the test support, for an import in a script. */
const support = (file: string) => JSON.stringify(new URL(`../support/${file}`, import.meta.url).href);

describe('runNodeTests', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-runner-'));
    for (let index = 0; index < FILES; index++)
      writeFileSync(join(folder, `${index}.test.mjs`), `import { it } from 'node:test'; it('is', () => {});`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('runs many files without a warning', async () => {
    const script = `
      import { readdirSync } from 'node:fs';
      const { runNodeTests } = await import(${support('node-tests.ts')});
      const { Outcome } = await import(${support('outcome.ts')});
      const outcome = new Outcome(() => {});
      const files = readdirSync('.').map((name) => process.cwd() + '/' + name);
      await runNodeTests(files, 2, outcome, new AbortController().signal);
      console.log(outcome.toString());
    `;
    const args = [...TYPESCRIPT, '--input-type=module', '--eval', script];
    // A test that runs tests would be taken for one of them.
    const options = { cwd: folder, env: { ...process.env, NODE_TEST_CONTEXT: undefined } };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
    assert.deepEqual([stdout.trim(), stderr], [`${FILES} passed, 0 failed`, '']);
  });
});
