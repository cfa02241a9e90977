/** `npm run names` weighs what `npm run build` makes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import assert from '../support/assert.ts';
import { TYPESCRIPT } from '../support/serve-process.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe('npm run names', () => {
  it('says what the drop-in weighs as it is, and writes nothing when it has no time', async () => {
    const before = readFileSync(at('widget/build/short-names.ts'), 'utf8');
    const script = [...TYPESCRIPT, at('widget/build/try-names.ts'), '0'];
    const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: at('.') });
    const [module, classic] = ['kelviq-onboarding.js.br', 'kelviq-onboarding.global.js.br'].map(
      (file) => readFileSync(at(`dist/drop-in/${file}`)).length,
    );
    assert.match(
      stdout,
      new RegExp(`^now ${module} and ${classic} B; mean of 40 other tables \\d+ and \\d+ B\n$`),
    );
    assert.equal(readFileSync(at('widget/build/short-names.ts'), 'utf8'), before);
  });
});
