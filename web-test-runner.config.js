import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { chromeLauncher } from '@web/test-runner-chrome';
import { findBrowser } from './test/support/browser.js';

const launchOptions = await findBrowser();

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

export default {
  files: ['test/browser/**/*.test.ts'],
  nodeResolve: true,
  concurrency: 1,
  plugins: [
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    }),
    mediaFeatures,
  ],
  browsers: [chromeLauncher({ launchOptions })],
  filterBrowserLogs: (log) => !/Lit is in dev mode|Failed to load resource/.test(String(log.args[0])),
};
