/** The guides' code, written into a folder of its own, and the programs of other languages that run it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf } from './readme.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 20_000;

/** A guide's blocks that name a file, written under a temporary folder, with this package and `packages`, by name, beside. */
export function guideFolder(
  name: string,
  packages: Readonly<Record<string, string>> = {},
): { folder: string; files: string[]; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `kelviq-onboarding-${name}-`));
  const files: string[] = [];
  for (const { file, text } of blocksOf(readFileSync(join(ROOT, `demo/guides/${name}.md`), 'utf8'))) {
    if (file === null) continue;
    files.push(file);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const [as, installed] of Object.entries(packages))
    symlinkSync(join(ROOT, 'node_modules', installed), join(folder, 'node_modules', as), 'junction');
  symlinkSync(ROOT, join(folder, 'node_modules/kelviq-onboarding'), 'junction');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return { folder, files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Why a program cannot be run here with these arguments, for a test's `skip`; false when it can. */
export function missing(program: string, ...args: string[]): string | false {
  const { status } = spawnSync(program, args, { stdio: 'ignore', timeout: LIMIT_MS });
  return status === 0 ? false : `${program} ${args.join(' ')} does not run here`;
}

/** Runs a program on a text; its standard output. Throws with what it wrote when it fails. */
export function runOn(input: string, program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    input,
    cwd,
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}.\n${stdout}${stderr}`);
  return stdout;
}

/** A program that serves, and the port that it printed as `listening on <port>`. */
export async function startProgram(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<{ port: number; child: ChildProcess; stop: () => Promise<void> }> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], ...options.env },
  });
  let written = '';
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      written += String(chunk);
      const [, found] = /listening on (\d+)/.exec(written) ?? [];
      if (found) resolve(Number(found));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('close', (code) => reject(new Error(`${program} ended with ${code}.\n${written}`)));
  });
  return {
    port,
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'close');
    },
  };
}
