/** `kelviq-onboarding integrity`: what a page needs to load one exact version and nothing else. */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readDropIn, versionedPath, type DropInFile } from '../drop-in.ts';
import { findPackage } from '../package.ts';
import { UsageError, type Command } from './command.ts';

const SCRIPTS = { module: '/kelviq-onboarding.js', classic: '/kelviq-onboarding.global.js' } as const;

type Pinned = { url: string; integrity: string };

/** Prints the versioned URL and the SRI hash of both scripts; each is one file with all of its code. */
export const integrity: Command = {
  usage: `Usage: kelviq-onboarding integrity [--url <proxy>] [--json]

Prints script tags for exactly this version, with the hash of all their code (Subresource Integrity).
Browsers refuse the script when a single byte differs. Update the tag whenever you update the proxy.

  --url <proxy>  public address of your proxy, such as https://onboarding.example.com
  --json         prints { version, module: { url, integrity }, classic: { url, integrity } }
`,
  run: async (args, { write, complain }) => {
    const { values } = parseArgs({ args, options: { url: { type: 'string' }, json: { type: 'boolean' } } });
    const base = values.url ?? '';
    if (base !== '' && !isBase(base))
      throw new UsageError('--url must be an address such as https://onboarding.example.com');

    const found = findPackage();
    const files = readDropIn(found);
    const pin = (path: string) => pinned(files, versionedPath(path, found.version), base);
    const module = pin(SCRIPTS.module);
    const classic = pin(SCRIPTS.classic);
    if (!module || !classic) {
      complain('The drop-in has not been built. Run: npm run build\n');
      return 1;
    }
    write(
      values.json
        ? `${JSON.stringify({ version: found.version, module, classic }, null, 2)}\n`
        : tags(module, classic),
    );
    return 0;
  },
};

/** Whether a path may be put behind it, and all of it be shown on a page. */
function isBase(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.search}${url.hash}${url.username}${url.password}` === ''
  );
}

function pinned(files: readonly DropInFile[], path: string, base: string): Pinned | null {
  const copy = files.find((file) => file.path === path)?.copies.get('identity');
  if (!copy) return null;
  const hash = createHash('sha384').update(copy.bytes).digest('base64');
  return { url: base.replace(/\/+$/, '') + path, integrity: `sha384-${hash}` };
}

function tags(module: Pinned, classic: Pinned): string {
  const tag = (type: string, { url, integrity: hash }: Pinned) =>
    `<script ${type}src="${url}"\n        integrity="${hash}"\n        crossorigin="anonymous"></script>\n`;
  return `As a module:\n${tag('type="module" ', module)}\nAs a classic script:\n${tag('defer ', classic)}`;
}
