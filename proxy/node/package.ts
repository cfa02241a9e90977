/** Where this package is, whether it runs from its sources or from dist/. */
import { existsSync, readFileSync } from 'node:fs';

const FARTHEST = 4;

/** The package's folder, as a URL that ends in a slash, and its version. */
export type Package = { root: URL; version: string };

/** Finds package.json in the folders above this file. Throws when the package is not whole. */
export function findPackage(): Package {
  let root = new URL('./', import.meta.url);
  for (let step = 0; step < FARTHEST; step++) {
    const file = new URL('package.json', root);
    if (existsSync(file)) {
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      return { root, version };
    }
    root = new URL('../', root);
  }
  throw new Error('package.json is missing. Install kelviq-onboarding again.');
}
