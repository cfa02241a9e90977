import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import assert from '../support/assert.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HELPER = new URL('../support/assert.ts', import.meta.url).href;
/** Node's own takes minutes. */
const TIME_LIMIT_MS = 30_000;

const many = (name: string) =>
  Array.from({ length: 100 }, (_, index) => `const ${name}${index} = [{ a: [(b: number) => ({ b })] }];\n`);

/** What a large file with `statement` in its middle writes on standard error, under tsx. */
async function failing(t: TestContext, statement: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kelviq-assert-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'large.mts');
  const lines = [...many('before'), `${statement}\n`, ...many('after')];
  await writeFile(file, `import assert from '${HELPER}';\n${lines.join('')}`);
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIME_LIMIT_MS,
  });
  const [written, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.deepEqual([code, signal], [1, null]);
  return written;
}

describe('assert.ok', () => {
  it('fails at once in a large file, and says where', async (t) => {
    const written = await failing(t, 'assert.ok({ length: 0 }.length);');
    assert.match(written, /^AssertionError \[ERR_ASSERTION\]: 0 is not truthy\n\s+at .*large\.mts:102:8/m);
  });

  it('says what it was told to say', () => {
    assert.throws(() => assert.ok(null, 'nothing came'), { name: 'AssertionError', message: 'nothing came' });
    assert.throws(() => assert.ok('', new TypeError('mine')), { name: 'TypeError', message: 'mine' });
  });

  it('lets pass what is truthy', () => {
    for (const value of [true, 1, 'a', {}, []]) assert.ok(value);
  });
});
