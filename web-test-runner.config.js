import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { a11ySnapshotPlugin } from '@web/test-runner-commands/plugins';
import { ENGINES } from './test/support/engines.js';

/** `ENGINE=firefox` or `webkit` runs the tests there. */
const engine = ENGINES.find(({ name }) => name === (process.env.ENGINE ?? 'chromium'));
const launcher = await engine?.launcher();
if (!launcher) throw new Error(`ENGINE: there is no such browser here. Install ${engine?.install ?? 'one'}.`);

/** In a test: `executeServerCommand('media-features', { 'forced-colors': 'active' })`. */
const mediaFeatures = {
  name: 'media-features',
  async executeCommand({ command, payload, session }) {
    if (command !== 'media-features') return undefined;
    const cdp = await session.browser.getPage(session.id).createCDPSession();
    const features = Object.entries(payload).map(([name, value]) => ({ name, value }));
    await cdp.send('Emulation.setEmulatedMedia', { features });
    return true;
  },
};

/** lit-html as published, byte for byte: a script would be served translated. */
const publishedLit = {
  name: 'published-lit',
  serve: ({ path }) =>
    path === '/lit-html.txt'
      ? {
          body: readFileSync(new URL('node_modules/lit-html/lit-html.js', import.meta.url), 'utf8'),
          type: 'text',
        }
      : undefined,
};

export default {
  files: ['test/browser/**/*.test.ts'],
  nodeResolve: true,
  // A machine that does much else takes its time; no test waits for one.
  testFramework: { config: { timeout: '60000' } },
  browserStartTimeout: 120_000,
  concurrency: 1,
  plugins: [
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    }),
    mediaFeatures,
    a11ySnapshotPlugin(),
    publishedLit,
  ],
  browsers: [launcher],
  filterBrowserLogs: (log) => !/Lit is in dev mode|Failed to load resource/.test(String(log.args[0])),
};
