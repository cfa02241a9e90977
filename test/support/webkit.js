// WebKitGTK for web-test-runner: a screen of its own (Xvfb), a driver, and one window, over WebDriver
// (https://www.w3.org/TR/webdriver2/). Both processes choose their own number or port and end with the run.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const START_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 50;
const LOOK_LIMIT_MS = 1000;
/** https://www.w3.org/TR/webdriver2/#keyboard-actions */
const KEYS = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Escape: '\uE00C',
  Space: ' ',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
};

/** A port that was free a moment ago; the driver takes no 0. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts Xvfb on the first free display; resolves with its number. */
function startScreen(xvfb) {
  const child = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const display = new Promise((resolve, reject) => {
    child.stdio[3].once('data', (data) => resolve(`:${String(data).trim()}`));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}.`)));
  });
  return { child, display };
}

/** A launcher for web-test-runner; `binary` is WebKit's MiniBrowser. */
export function webkitLauncher({ driver, xvfb, binary }) {
  const children = [];
  const end = () => {
    for (const child of children.splice(0).toReversed()) child.kill();
  };
  // A run that is cut short stops no launcher.
  process.once('exit', end);
  const urls = new Map();
  let base;
  let session;
  let starting;

  async function call(method, path, body, limitMs = START_LIMIT_MS) {
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.timeout(limitMs),
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver ${path}: ${value?.error} ${value?.message}`);
    return value;
  }

  async function answers() {
    const until = Date.now() + START_LIMIT_MS;
    for (;;) {
      try {
        return await call('GET', '/status', undefined, LOOK_LIMIT_MS);
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }

  async function start() {
    const screen = startScreen(xvfb);
    children.push(screen.child);
    const DISPLAY = await screen.display;
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const env = { ...process.env, DISPLAY };
    // WebKit's own sandbox does not start for root.
    if (process.getuid?.() === 0) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = '1';
    children.push(spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env }));
    await answers();
    const options = { binary, args: ['--automation'] };
    const given = await call('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    session = `/session/${given.sessionId}`;
  }

  const press = (keys) => {
    const actions = keys.flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    return call('POST', `${session}/actions`, { actions: [{ type: 'key', id: 'keyboard', actions }] });
  };

  return {
    name: 'WebKit',
    type: 'webdriver',
    concurrency: 1,

    async startSession(id, url) {
      await (starting ??= start());
      urls.set(id, url);
      await call('POST', `${session}/url`, { url });
    },

    isActive: (id) => urls.has(id),
    getBrowserUrl: (id) => urls.get(id),

    startDebugSession() {
      throw new Error('WebKit cannot be debugged from here.');
    },

    async stopSession(id) {
      urls.delete(id);
      await call('POST', `${session}/url`, { url: 'about:blank' });
      return {};
    },

    async stop() {
      if (session) await call('DELETE', session).catch(() => undefined);
      end();
    },

    /** For web-test-runner's command `send-keys`: characters, or the name of one key. */
    async sendKeys(id, keys) {
      await press(keys.map((key) => KEYS[key] ?? key));
      return true;
    },
  };
}
