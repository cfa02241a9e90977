/** The package that users get: built the same everywhere, with what they need and nothing else in it. */
import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { posix } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildCopy, filesBelow } from '../support/build-copy.ts';
import { sweep, type Places } from '../support/leaks.ts';
import { pack } from '../support/tarball.ts';

const ROOT = new URL('../../', import.meta.url);
const canary = (name: string) => `${name}_${randomBytes(18).toString('hex')}`;

/** What a careless machine has in its environment and in files that tools read. */
const planted = {
  KELVIQ_PARTNER_KEY: canary('kvqp'),
  WEBHOOK_SECRET: canary('whsec'),
  SESSION_SECRET: canary('session'),
  NPM_TOKEN: canary('npm'),
  VITE_SECRET: canary('vite'),
};
const dotfile = { 'a .env file': canary('kvqp'), 'a .env file for Vite': canary('vite') };

/** Code to paste is text there; what it imports, the customer installs. */
const SNIPPETS = 'dist/widget/snippets.js';

type Manifest = {
  name: string;
  exports: Record<string, string | Record<string, string>>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
};
const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as Manifest;

/** Modules that users can name. */
function entries(files: Iterable<string>): string[] {
  const named = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target['default'] ?? ''],
  );
  const paths = [...named, ...Object.values(manifest.bin)].map((path) => posix.normalize(path));
  return paths.flatMap((path) => {
    const [start = '', end] = path.split('*');
    return end === undefined
      ? [path]
      : [...files].filter((file) => file.startsWith(start) && file.endsWith(end));
  });
}

describe('the package', () => {
  let folder = '';
  let tarball: Buffer;
  let files: Map<string, Buffer>;
  before(async () => {
    const dotenv = `KELVIQ_PARTNER_KEY=${dotfile['a .env file']}\nVITE_KEY=${dotfile['a .env file for Vite']}\n`;
    const elsewhere = { ...planted, TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8', SOURCE_DATE_EPOCH: '1' };
    folder = await buildCopy(elsewhere, dotenv);
    ({ tarball, files } = await pack());
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  it('is built byte-identical in another place', () => {
    const [here, there] = [filesBelow(new URL('dist/', ROOT)), filesBelow(`${folder}/dist`)];
    assert.deepEqual([...there.keys()], [...here.keys()]);
    assert.ok(here.has('drop-in/kelviq-onboarding.js') && here.size > 150);
    for (const [path, bytes] of here) assert.ok(there.get(path)?.equals(bytes), `${path} differs`);
  });

  it('holds no secret and no trace of a machine', () => {
    const places: Places = { 'package.tgz': tarball, ...Object.fromEntries(files) };
    const built = Object.fromEntries(
      [...filesBelow(`${folder}/dist`)].map(([path, bytes]) => [`built: ${path}`, bytes]),
    );
    assert.deepEqual(sweep({ ...places, ...built }, { ...planted, ...dotfile }), []);
    const traces = [fileURLToPath(ROOT), folder, hostname(), `/home/${userInfo().username}`];
    for (const [path, bytes] of files)
      for (const trace of traces)
        assert.ok(trace.length < 6 || !bytes.includes(trace), `${trace} in ${path}`);
  });

  it('finds a secret planted in each file of it', () => {
    const secret = planted.KELVIQ_PARTNER_KEY;
    for (const [path, bytes] of files) {
      if (/\.(?:br|gz)$/.test(path)) continue;
      const leaking = Buffer.concat([bytes, Buffer.from(`\n${Buffer.from(secret).toString('base64')}`)]);
      assert.notEqual(sweep({ [path]: leaking }, { secret }).length, 0, path);
    }
  });

  it('brings what users need and nothing else', () => {
    const rest = [...files.keys()].filter((path) => !path.startsWith('dist/'));
    assert.deepEqual(rest.toSorted(), [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'demo/deploy/kelviq-onboarding.service',
      ...['README', 'django', 'express', 'nextjs', 'rails', 'reverse-proxy', 'wordpress'].map(
        (name) => `demo/guides/${name}.md`,
      ),
      'package.json',
    ]);
    const unknown = [...files.keys()].filter(
      (path) =>
        path.startsWith('dist/') &&
        !/^dist\/(?:(?:widget|proxy|demo\/sandbox)\/[\w./-]+\.(?:js|d\.ts)|widget\/locales\/[\w-]+\.json|custom-elements\.json|delivery-event\.schema\.json|vscode\.(?:html|css)-custom-data\.json|drop-in\/lit-html\.LICENSE\.txt|drop-in\/[\w./-]+\.(?:js|css|json)(?:\.br|\.gz)?)$/.test(
          path,
        ),
    );
    assert.deepEqual(unknown, []);
    const reached = reachable(entries(files.keys()));
    const modules = [...files.keys()].filter((path) => /^dist\/(?!drop-in).*\.js$/.test(path));
    assert.deepEqual(
      modules.filter((path) => !reached.has(path)),
      [],
      'no command or export leads there',
    );
    for (const path of modules) assert.ok(files.has(path.replace(/js$/, 'd.ts')), `types of ${path}`);
    assert.ok(tarball.length < 600_000, `${tarball.length} bytes`);
  });

  it('leads from page to page of its own', () => {
    for (const [path, bytes] of files)
      for (const [, to = ''] of path.endsWith('.md') ? String(bytes).matchAll(/\]\(([\w./-]+\.md)[)#]/g) : [])
        assert.ok(files.has(posix.join(posix.dirname(path), to)), `${path} leads to ${to}`);
  });

  it('holds no source map, which would tell of sources', () => {
    for (const [path, bytes] of files) {
      assert.doesNotMatch(path, /\.map$/);
      assert.ok(!path.endsWith('.js') || !bytes.includes('sourceMappingURL'), path);
    }
  });

  it('imports what it declares, and declares what it imports', () => {
    const imported = new Set<string>();
    for (const [path, bytes] of files)
      if (/^dist\/(?!drop-in).*(?:\.js|\.d\.ts)$/.test(path) && path !== SNIPPETS)
        for (const specifier of specifiersOf(bytes))
          if (!/^(?:\.|node:)/.test(specifier))
            imported.add(/^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '');
    imported.delete(manifest.name);
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    assert.deepEqual([...imported].toSorted(), declared.toSorted());
  });

  it('has zod in one file, under its licence', () => {
    const code = files.get('dist/proxy/zod.js') ?? Buffer.alloc(0);
    const licence = readFileSync(new URL('node_modules/zod/LICENSE', ROOT), 'utf8');
    assert.ok(code.includes(licence));
    assert.deepEqual(specifiersOf(code), []);
    for (const [path, bytes] of files)
      if (/^dist\/proxy\/.*\.js$/.test(path)) assert.ok(!specifiersOf(bytes).includes('zod'), path);
  });

  it('has Lit in the drop-in, with its licence beside it', () => {
    const licence = readFileSync(new URL('node_modules/lit-html/LICENSE', ROOT));
    assert.deepEqual(files.get('dist/drop-in/lit-html.LICENSE.txt'), licence);
  });

  it('installs beside any version of a framework', () => {
    // npm refuses a package whose optional peer is there in a version out of range, also for its backend alone.
    for (const [name, range] of Object.entries(manifest.peerDependencies)) {
      assert.equal(range, '*', name);
      assert.deepEqual(manifest.peerDependenciesMeta[name], { optional: true });
    }
  });

  it('depends on little, pinned, with nothing to run at install', () => {
    const dependencies = Object.entries(manifest.dependencies);
    assert.ok(dependencies.length <= 10, `${dependencies.length} run-time dependencies`);
    for (const [name, version] of dependencies)
      // Two Honos are two types of one app, and two Lits one Trusted Types policy too many: these are the application's.
      if (name === 'hono' || name === 'lit') assert.match(version, /^\^\d+\.\d+\.0$/, name);
      else assert.match(version, /^\d+\.\d+\.\d+$/, name);
    const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean; hasInstallScript?: boolean }>;
    };
    const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
    // An image would carry a framework of the tests that a dependency takes for its optional peer: its name
    // here is another.
    assert.deepEqual(
      installed.filter(([, { devOptional }]) => devOptional).map(([path]) => path),
      [],
    );
    assert.deepEqual(
      installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
      [],
    );
  });

  /** Those modules and all that they import, however late, for code or types. */
  function reachable(from: readonly string[]): Set<string> {
    const found = new Set<string>();
    const open = [...from];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (found.has(path)) continue;
      found.add(path);
      const code = files.get(path) ?? assert.fail(`${path} is not in the package`);
      const types = files.get(path.replace(/js$/, 'd.ts')) ?? Buffer.alloc(0);
      for (const specifier of specifiersOf(Buffer.concat([code, types])))
        if (specifier.startsWith('.'))
          open.push(posix.join(posix.dirname(path), specifier.replace(/ts$/, 'js')));
    }
    return found;
  }
});

function specifiersOf(bytes: Buffer): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\s]+)\1/g;
  return [...bytes.toString().matchAll(pattern)].map(([, , specifier = '']) => specifier);
}
