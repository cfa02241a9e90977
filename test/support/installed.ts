/**
 * The package as a partner gets it: the tarball of `npm pack`, unpacked in an empty project beside
 * exactly the packages that an installation brings, so that what is not declared cannot be found.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './tarball.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An empty project with the package in it. */
export type Installed = {
  /** The project's folder. */
  folder: string;
  /** The tarball. */
  tarball: string;
  /** Adds packages of this repository, as `npm install` would. */
  add(...names: string[]): void;
  remove(): void;
};

/** Packs what has been built, and installs it. */
export async function installPackage(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-installed-'));
  const packed = await pack();
  const tarball = join(folder, 'package.tgz');
  writeFileSync(tarball, packed.tarball);
  for (const [path, bytes] of packed.files)
    write(join(folder, 'node_modules/kelviq-onboarding', path), bytes);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: { 'kelviq-onboarding': '*' } }),
  );

  const link = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(folder, path), 'junction');
  };
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }>;
  };
  const brought = Object.entries(packages).filter(
    ([path, { dev, devOptional, optional, peer }]) =>
      path.lastIndexOf('node_modules/') === 0 && !(dev || devOptional || optional || peer),
  );
  for (const [path] of brought) link(path);

  return {
    folder,
    tarball,
    add: (...names) => names.forEach((name) => link(`node_modules/${name}`)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function write(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
