import assert from '../support/assert.ts';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Secret } from '../../proxy/secret.ts';

type Runtime = { name: string; program: string | undefined; args: string[] };

const runtimes = new URL('../support/runtimes.js', import.meta.url).href;
const { RUNTIMES } = (await import(runtimes)) as { RUNTIMES: Runtime[] };
const built = new URL('../../dist/proxy/secret.js', import.meta.url).href;

const PRINTED = `import { Secret } from ${JSON.stringify(built)};
const secret = new Secret(process.argv[2]);
console.log(secret);
console.log({ secret });
console.log([secret], '%s', secret);
console.log(new Error('of no secret', { cause: secret }));
console.dir(secret, { showHidden: true });`;

describe('a secret', () => {
  const secret = new Secret('planted');

  it('is given to who asks for it alone', () => {
    assert.equal(secret.reveal(), 'planted');
    assert.equal(String(secret), '[secret]');
    assert.equal(JSON.stringify({ secret }), '{"secret":"[secret]"}');
    assert.equal(JSON.stringify(structuredClone(secret)), '{}');
  });

  for (const { name, program, args } of RUNTIMES)
    it(`is not printed by ${name}`, { skip: program === undefined && `${name} is not there` }, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'kelviq-secret-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const file = join(folder, 'print.mjs');
      writeFileSync(file, PRINTED);
      const { stdout, stderr } = await promisify(execFile)(program ?? '', [...args, file, 'planted'], {
        cwd: folder,
      });
      assert.match(stdout, /^\[secret\]\n/);
      assert.doesNotMatch(stdout + stderr, /planted/);
    });
});
