// Loads TypeScript without its types, for test/support/typescript.js. Kept by content under node_modules,
// so that of the hundreds of processes of a run one translates a file, and the others read it.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const CACHE = path('node_modules/.cache/typescript/');
/** What the build makes one file of, because zod itself is 95. */
const ZOD = [path('proxy/zod.ts'), path('dist/proxy/zod.js')];

/** The hook of Node that gives a module's source. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !/\.ts(?:\?|$)/.test(url)) return next(url, context);
  return { format: 'module', shortCircuit: true, source: await sourceOf(fileURLToPath(url)) };
}

async function sourceOf(file) {
  const built = file === ZOD[0] && read(ZOD[1]);
  if (built) return built;
  const source = readFileSync(file, 'utf8');
  const kept = `${CACHE}${hash(source)}-${basename(file)}.js`;
  return read(kept) ?? translate(file, source, kept);
}

/** 64 bits of FNV-1a, in two halves: to load node:crypto here would take longer than the rest. */
function hash(text) {
  let [one, two] = [0x811c9dc5, text.length];
  for (let at = 0; at < text.length; at++) {
    one = Math.imul(one ^ text.charCodeAt(at), 0x01000193);
    two = Math.imul(two ^ text.charCodeAt(at), 0x5bd1e995) ^ (two >>> 13);
  }
  return `${(one >>> 0).toString(16)}${(two >>> 0).toString(16)}`;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function translate(file, source, kept) {
  const { transformWithOxc } = await import('vite');
  const { code, map } = await transformWithOxc(source, file, { target: 'node20', sourcemap: true });
  const { mappings, names } = map;
  const own = JSON.stringify({ version: 3, sources: [basename(file)], names, mappings });
  const text = `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(own).toString('base64')}\n`;
  mkdirSync(CACHE, { recursive: true });
  // In one step: others are reading.
  const part = `${kept}.${process.pid}`;
  writeFileSync(part, text);
  renameSync(part, kept);
  return text;
}
