import assert from '../support/assert.ts';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { SNIPPETS, type Snippet } from '../../widget/snippets.ts';
import { LOCALES } from '../../widget/messages.ts';

const folder = new URL('../../dist/drop-in/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder));
const scripts = ['kelviq-onboarding.js', 'kelviq-onboarding.global.js'];

describe('the drop-in files', () => {
  for (const name of scripts)
    it(`keeps all code in ${name}`, () => {
      const code = read(name).toString();
      assert.doesNotMatch(code, /\bimport\s*[({'"`]|\bfrom\s*['"`]|\bexport\b|\beval\(|new Function/);
      assert.match(code, /createPolicy\("kelviq-onboarding"/);
      assert.doesNotMatch(code, /lit-html|sourceMappingURL/);
    });

  it('brings the debug script, which asks nobody for code', () => {
    assert.doesNotMatch(
      read('kelviq-onboarding.debug.js').toString(),
      /\bimport\b|\bexport\b|\beval\(|innerHTML/,
    );
  });

  it('tells a module from a classic script', () => {
    assert.match(read('kelviq-onboarding.js').toString(), /import\.meta\.url/);
    assert.doesNotMatch(read('kelviq-onboarding.global.js').toString(), /import\.meta/);
    assert.match(read('kelviq-onboarding.global.js').toString(), /"currentScript",document\)\?\.src/);
  });

  it('brings the code to paste as data', () => {
    const snippets = JSON.parse(read('snippets.json').toString()) as Snippet[];
    assert.deepEqual(snippets, SNIPPETS);
    for (const { code, docs } of snippets) {
      assert.doesNotMatch(code.replaceAll(/\{(?:key|environment)\}/g, ''), /\{\w+\}/);
      assert.match(docs, /^https:\/\/docs\.kelviq\.com\//);
    }
  });

  it('holds every file compressed, unchanged', () => {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(?:js|css|json)$/.test(name),
    );
    assert.ok(names.length >= scripts.length + 1 + LOCALES.length);
    for (const name of names) {
      assert.deepEqual(brotliDecompressSync(read(`${name}.br`)), read(name), name);
      assert.deepEqual(gunzipSync(read(`${name}.gz`)), read(name), name);
    }
  });
});
