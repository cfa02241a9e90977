/**
 * Serves the built drop-in: scripts, stylesheet and languages, read once into memory at start with
 * the compressed copies that the build made. Only paths of files that were found there exist.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono, type Context } from 'hono';
import { ENCODINGS, chooseEncoding, matchesEtag, type Encoding } from './negotiate.ts';
import type { Package } from './package.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
};

const SUFFIXES = { br: '.br', gzip: '.gz', identity: '' } as const satisfies Record<Encoding, string>;

/** The two files that a page includes, which also have a URL for each version. */
const SCRIPT = /^\/kelviq-onboarding(?:\.global)?\.js$/;

type Copy = { bytes: Uint8Array<ArrayBuffer>; etag: string };

/** One file in memory. `immutable` files never change under their path. */
export type DropInFile = {
  path: string;
  type: string;
  immutable: boolean;
  copies: ReadonlyMap<Encoding, Copy>;
};

/** The path of a script under which its bytes never change: for `integrity`. */
export function versionedPath(path: string, version: string): string {
  return path.replace('/kelviq-onboarding', `/kelviq-onboarding.${version}`);
}

/** Reads dist/drop-in. Empty when the package has not been built. */
export function readDropIn({ root, version }: Package): DropInFile[] {
  const folder = new URL('dist/drop-in/', root);
  if (!existsSync(folder)) return [];
  const names = readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => Object.hasOwn(TYPES, extname(name)));
  return names.flatMap((name) => {
    const copies = readCopies(new URL(name, folder));
    const file: DropInFile = { path: `/${name}`, type: TYPES[extname(name)] ?? '', immutable: false, copies };
    if (!SCRIPT.test(file.path)) return [file];
    return [file, { ...file, path: versionedPath(file.path, version), immutable: true }];
  });
}

function readCopies(file: URL): Map<Encoding, Copy> {
  const copies = new Map<Encoding, Copy>();
  for (const encoding of ENCODINGS) {
    const at = new URL(file.href + SUFFIXES[encoding]);
    if (!existsSync(at)) continue;
    const bytes = Uint8Array.from(readFileSync(at));
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    copies.set(encoding, { bytes, etag: `"${hash}"` });
  }
  return copies;
}

/** Routes for the files: GET and HEAD, for any page on any origin. */
export function createDropIn(files: readonly DropInFile[]): Hono {
  const app = new Hono();
  for (const file of files) app.get(file.path, (c) => serve(c, file));
  return app;
}

function serve(c: Context, { type, immutable, copies }: DropInFile): Response {
  const encoding = chooseEncoding(c.req.header('accept-encoding'), [...copies.keys()]);
  const copy = copies.get(encoding);
  if (!copy) return c.notFound() as Response;
  c.header('access-control-allow-origin', '*');
  c.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  c.header('cross-origin-resource-policy', 'cross-origin');
  c.header('etag', copy.etag);
  c.header('vary', 'Accept-Encoding');
  c.header('x-content-type-options', 'nosniff');
  if (matchesEtag(c.req.header('if-none-match'), copy.etag)) return c.body(null, 304);
  c.header('content-length', String(copy.bytes.length));
  c.header('content-type', type);
  if (encoding !== 'identity') c.header('content-encoding', encoding);
  return c.body(copy.bytes);
}
