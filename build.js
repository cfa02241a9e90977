// Builds everything into dist/: types and modules with tsc, languages, what editors read, the drop-in
// files and what the proxy uses of zod with Vite.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeLocales } from './widget/build/locales.js';
import { writeManifest } from './widget/build/manifest.js';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`This is Node ${process.versions.node}. Install Node 20.19 or newer.\n`);
  process.exit(1);
}

const root = fileURLToPath(new URL('.', import.meta.url));
const tool = (file) => fileURLToPath(new URL(`node_modules/${file}`, import.meta.url));

async function run(file, ...args) {
  const child = spawn(process.execPath, [tool(file), ...args], { cwd: root, stdio: 'inherit' });
  const [status] = await once(child, 'close');
  if (status !== 0) process.exit(status ?? 1);
}

process.stderr.write('Building, which takes a few seconds …\n');
rmSync(`${root}dist`, { recursive: true, force: true });
await run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
await writeLocales(pathToFileURL(root));
await writeManifest(pathToFileURL(root));
await Promise.all(
  ['drop-in', 'global', 'debug', 'zod'].map((mode) =>
    run('vite/bin/vite.js', 'build', '--logLevel', 'warn', '--mode', mode),
  ),
);
// The scripts have Lit inside and no byte to spare: its licence goes beside them.
copyFileSync(tool('lit-html/LICENSE'), `${root}dist/drop-in/lit-html.LICENSE.txt`);
const { deliveryEventJsonSchema } = await import(new URL('dist/proxy/json-schema.js', import.meta.url).href);
writeFileSync(
  `${root}dist/delivery-event.schema.json`,
  `${JSON.stringify(deliveryEventJsonSchema(), null, 2)}\n`,
);
if (!existsSync(`${root}dist/drop-in/kelviq-onboarding.js`)) process.exit(1);
