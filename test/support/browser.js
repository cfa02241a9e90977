// Where the tests get a browser from, in this order: CHROME_PATH, an installed Chrome, Chromium
// or Edge, then (Linux x64) the Chromium that the npm package @sparticuz/chromium carries.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Launcher } from 'chrome-launcher';

const NONE =
  'The browser tests need Chrome, Chromium or Edge: install one, or set CHROME_PATH to its executable.';

/** Launch options that both puppeteer-core and playwright-core take. `CHROME_PATH=bundled` forces the npm one. */
export async function findBrowser() {
  const asked = process.env.CHROME_PATH || undefined;
  if (asked !== 'bundled') {
    if (asked && !existsSync(asked)) throw new Error(`CHROME_PATH: there is no ${asked}`);
    const executablePath = asked ?? installed();
    // Chromium's sandbox does not start for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    if (executablePath) return { executablePath, headless: true, args, env: { ...process.env } };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(NONE);
  return bundled();
}

function installed() {
  try {
    return Launcher.getFirstInstallation();
  } catch {
    return undefined;
  }
}

async function bundled() {
  const dir = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url));
  mkdirSync(dir, { recursive: true });
  const env = { ...process.env };
  // The package unpacks under the temporary directory, and its copies of the NSS libraries only in a Lambda.
  Object.assign(process.env, { TMPDIR: dir, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' });
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    const executablePath = await chromium.executablePath();
    // The package's own file names a fixed temporary folder, and with no font at all Chromium crashes.
    const fonts = join(dir, 'fonts.conf');
    writeFileSync(
      fonts,
      `<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>${dir}fonts</dir><cachedir>${dir}fonts-cache</cachedir></fontconfig>`,
    );
    return {
      executablePath,
      headless: 'shell',
      args: ['--no-sandbox', '--no-zygote', '--disable-gpu'],
      env: { ...env, LD_LIBRARY_PATH: join(dir, 'al2023/lib'), FONTCONFIG_FILE: fonts },
    };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
  }
}
