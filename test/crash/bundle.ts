/**
 * The program that is killed, in one file and what an engine or a feature adds: thousands of starts
 * cost a third of what loading its sources one by one does. Engines stay packages.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENGINES = ['libsql', 'pg'];

let made: Promise<string> | undefined;

/** Path of failing-serve.ts in one file, made once in each process and removed at its end. */
export function failingServe(): Promise<string> {
  made ??= bundle(join(ROOT, 'test/crash/failing-serve.ts'));
  return made;
}

async function bundle(entry: string): Promise<string> {
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  // Inside the package, where its version and its dependencies are found.
  const folder = mkdtempSync(join(cache, 'crash-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    ssr: { noExternal: true, external: ENGINES },
    build: {
      ssr: entry,
      outDir: folder,
      target: 'node20',
      rolldownOptions: {
        external: ENGINES,
        output: { entryFileNames: 'serve.js' },
      },
    },
  });
  return join(folder, 'serve.js');
}
