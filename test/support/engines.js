// The browsers that the widget's tests run in. Chromium is always one (browser.js finds it). Firefox and
// WebKit join in where Debian's packages have put them, or where FIREFOX_PATH and WEBKIT_PATH say; a
// missing one is named with the way to get it.
import { existsSync } from 'node:fs';
import { chromeLauncher } from '@web/test-runner-chrome';
import { findBrowser } from './browser.js';
import { webkitLauncher } from './webkit.js';

const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];
const WEBKIT = ['4.1', '4.0', '6.0'].flatMap((version) => [
  `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`,
  `/usr/lib/aarch64-linux-gnu/webkit2gtk-${version}/MiniBrowser`,
]);
const DRIVER = '/usr/bin/WebKitWebDriver';
const XVFB = '/usr/bin/Xvfb';

const firstThere = (paths) => paths.find((path) => path && existsSync(path));

/** Chromium; throws, with what to do, when there is none. */
async function chromium() {
  return chromeLauncher({ launchOptions: await findBrowser() });
}

/** Launch options of Firefox for puppeteer-core; null where there is none. */
export function findFirefox() {
  const executablePath = firstThere([process.env.FIREFOX_PATH, ...FIREFOX]);
  return executablePath ? { browser: 'firefox', executablePath, headless: true, args: [] } : null;
}

function firefox() {
  const launchOptions = findFirefox();
  return launchOptions && chromeLauncher({ launchOptions, concurrency: 1 });
}

function webkit() {
  const binary = firstThere([process.env.WEBKIT_PATH, ...WEBKIT]);
  if (!binary || !existsSync(DRIVER) || !existsSync(XVFB)) return null;
  return webkitLauncher({ driver: DRIVER, xvfb: XVFB, binary });
}

/**
 * Every engine by name: how to make its launcher, null where it is missing, and how to get it. None is
 * started before its tests run.
 */
export const ENGINES = [
  { name: 'chromium', launcher: chromium, install: 'Chrome, Chromium or Edge' },
  { name: 'firefox', launcher: firefox, install: 'apt-get install firefox-esr' },
  { name: 'webkit', launcher: webkit, install: 'apt-get install webkit2gtk-driver xvfb' },
];
