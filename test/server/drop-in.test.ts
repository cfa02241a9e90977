import assert from '../support/assert.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { Hono } from 'hono';
import { after, before, describe, it } from 'node:test';
import { createDropIn, readDropIn } from '../../proxy/node/drop-in.ts';

const files: Record<string, string> = {
  'kelviq-onboarding.js': 'export const module = 1;',
  'kelviq-onboarding.global.js': 'var classic = 1;',
  'kelviq-onboarding.css': 'kelviq-onboarding { display: block }',
  'locales/de.json': '{"submit":"Weiter für alle"}',
};

let folder = '';
let app: Hono;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-'));
  const out = join(folder, 'dist/drop-in');
  mkdirSync(join(out, 'locales'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(out, name), text);
    writeFileSync(join(out, `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(out, `${name}.gz`), gzipSync(text));
  }
  writeFileSync(join(out, 'notes.txt'), 'not for the web');
  writeFileSync(join(folder, 'package.json'), '{"secret":"outside"}');
  app = createDropIn(readDropIn({ root: pathToFileURL(`${folder}/`), version: '1.2.3' }));
});
after(() => rmSync(folder, { recursive: true }));

const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers });

describe('GET of the drop-in', () => {
  for (const [path, name, type] of [
    ['/kelviq-onboarding.js', 'kelviq-onboarding.js', 'text/javascript; charset=utf-8'],
    ['/kelviq-onboarding.global.js', 'kelviq-onboarding.global.js', 'text/javascript; charset=utf-8'],
    ['/kelviq-onboarding.1.2.3.js', 'kelviq-onboarding.js', 'text/javascript; charset=utf-8'],
    ['/kelviq-onboarding.1.2.3.global.js', 'kelviq-onboarding.global.js', 'text/javascript; charset=utf-8'],
    ['/kelviq-onboarding.css', 'kelviq-onboarding.css', 'text/css; charset=utf-8'],
    ['/locales/de.json', 'locales/de.json', 'application/json; charset=utf-8'],
  ] as const) {
    it(`serves ${path} to any page`, async () => {
      const response = await get(path);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), files[name]);
      assert.equal(response.headers.get('content-type'), type);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
      assert.equal(response.headers.get('vary'), 'Accept-Encoding');
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(response.headers.get('content-encoding'), null);
      const immutable = path.includes('1.2.3');
      const expected = immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
      assert.equal(response.headers.get('cache-control'), expected);
    });
  }

  for (const [encoding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    it(`serves ${encoding} as the build made it`, async () => {
      const response = await get('/kelviq-onboarding.js', { 'accept-encoding': encoding });
      assert.equal(response.headers.get('content-encoding'), encoding);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(response.headers.get('content-length'), String(bytes.length));
      assert.equal(decode(bytes).toString(), files['kelviq-onboarding.js']);
    });
  }

  it('has an ETag for each encoding', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (encoding) =>
        (await get('/kelviq-onboarding.js', { 'accept-encoding': encoding })).headers.get('etag'),
      ),
    );
    for (const tag of tags) assert.match(tag ?? '', /^"[\w-]{22}"$/);
    assert.equal(new Set(tags).size, 3);
  });

  it('answers 304 to the copy that is current', async () => {
    const first = await get('/kelviq-onboarding.js', { 'accept-encoding': 'br' });
    const etag = first.headers.get('etag') ?? '';
    const second = await get('/kelviq-onboarding.js', {
      'accept-encoding': 'br',
      'if-none-match': `"old", W/${etag}`,
    });
    assert.equal(second.status, 304);
    assert.equal(await second.text(), '');
    for (const name of [
      'etag',
      'vary',
      'cache-control',
      'access-control-allow-origin',
      'cross-origin-resource-policy',
    ])
      assert.equal(second.headers.get(name), first.headers.get(name), name);
    const other = await get('/kelviq-onboarding.js', { 'accept-encoding': 'gzip', 'if-none-match': etag });
    assert.equal(other.status, 200);
  });

  it('answers HEAD with the head alone', async () => {
    const response = await app.request('/kelviq-onboarding.js', { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
    assert.equal(response.headers.get('content-length'), String(files['kelviq-onboarding.js']?.length));
    assert.match(response.headers.get('etag') ?? '', /^"/);
  });

  for (const path of [
    '/',
    '/notes.txt',
    '/package.json',
    '/kelviq-onboarding.js.br',
    '/kelviq-onboarding.9.9.9.js',
    '/kelviq-onboarding.1.2.3.css',
    '/locales/xx.json',
    '/locales/',
    '/locales/..%2f..%2f..%2fpackage.json',
    '/locales/%2e%2e/%2e%2e/%2e%2e/package.json',
    '/locales/de.json%00',
    '/locales/__proto__.json',
  ]) {
    it(`has nothing at ${path}`, async () => assert.equal((await get(path)).status, 404));
  }
});

describe('readDropIn', () => {
  it('is empty where nothing was built', () => {
    assert.deepEqual(readDropIn({ root: pathToFileURL(`${folder}/nowhere/`), version: '1.2.3' }), []);
  });
});
