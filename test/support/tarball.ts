/** The package as it would be published. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Packs what has been built: the tarball's bytes, and every file in it by its path. */
export async function pack(): Promise<{ tarball: Buffer; files: Map<string, Buffer> }> {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-pack-'));
  try {
    const npm = process.env['npm_execpath'];
    const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
    const options = ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', folder];
    const { stdout } = await promisify(execFile)(command, [...args, ...options], { cwd: ROOT });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const tarball = readFileSync(join(folder, filename));
    return { tarball, files: untar(gunzipSync(tarball)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Files of a tar archive (POSIX ustar), without the folder that npm puts around them. */
function untar(tar: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const text = (at: number, length: number) => tar.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const path = [text(at + 345, 155), text(at, 100)].filter(Boolean).join('/');
    const size = Number.parseInt(text(at + 124, 12), 8);
    files.set(path.replace(/^package\//, ''), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
