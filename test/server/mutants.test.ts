import assert from '../support/assert.ts';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { MUTANTS } from '../mutants/list.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => (existsSync(ROOT + path) ? readFileSync(ROOT + path, 'utf8') : '');

describe('npm run test:mutants', () => {
  for (const { mechanism, file, text, instead, test, title } of MUTANTS) {
    it(`knows: ${mechanism}`, () => {
      const times = read(file).split(text).length - 1;
      assert.equal(times, 1, `${file} has the text ${times} times: mend it in test/mutants/\n${text}`);
      assert.notEqual(instead, text);
      assert.ok(read(test).includes(title), `${test} has no test with the title: ${title}`);
    });
  }

  it('knows each mechanism once', () => {
    const names = MUTANTS.map(({ mechanism }) => mechanism);
    assert.equal(new Set(names).size, names.length);
  });
});
