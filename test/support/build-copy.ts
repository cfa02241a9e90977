/** Builds the package once more, from a copy of its sources, in another folder and environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What no build reads. */
const ASIDE = ['node_modules', 'dist', 'test', 'data', 'coverage', '.git'];

/** Builds with `env` on top, and with `dotenv` in files that tools read by themselves. The folder is the caller's to remove. */
export async function buildCopy(env: Record<string, string>, dotenv: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'another-place-'));
  for (const name of readdirSync(ROOT))
    if (!ASIDE.includes(name)) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  for (const name of ['.env', '.env.local', '.env.production']) writeFileSync(join(folder, name), dotenv);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const child = spawn(process.execPath, ['build.js'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The build ended with ${code}.`);
  return folder;
}

/** Every file below a folder: its path with slashes, and its bytes. */
export function filesBelow(folder: string | URL): Map<string, Buffer> {
  const root = folder instanceof URL ? fileURLToPath(folder) : folder;
  return new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(root.length).replaceAll('\\', '/').replace(/^\//, ''), readFileSync(path)]),
  );
}
