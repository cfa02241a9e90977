/** The doctor's look at a pinned script: whether browsers take its bytes, and for how long. */
import { createHash } from 'node:crypto';
import type { Fetched } from './page-fetch.ts';
import type { Tell } from './report.ts';

/** Says whether the `integrity` of a script's tag is that of the bytes that came. */
export function checkIntegrity(integrity: string, { url, bytes }: Fetched, tell: Tell): void {
  const hashes = integrity.split(/\s+/).flatMap((one) => {
    const [, algorithm, value] = /^(sha(?:256|384|512))-([A-Za-z0-9+/=_-]+)/.exec(one) ?? [];
    return algorithm && value ? { algorithm, value } : [];
  });
  // Of several, browsers take the strongest kind.
  const strongest = hashes
    .map(({ algorithm }) => algorithm)
    .toSorted((one, other) => (one < other ? 1 : -1))[0];
  const of = (algorithm: string) => createHash(algorithm).update(bytes).digest('base64');
  const holds = hashes.some(({ algorithm, value }) => algorithm === strongest && value === of(algorithm));
  if (hashes.length > 0 && !holds)
    tell(
      'fail',
      `the integrity of the script tag is not that of ${url.href}: browsers block it`,
      `write integrity="sha384-${of('sha384')}", or take the whole tag from: kelviq-onboarding integrity`,
    );
  else tell('ok', `${url.href} can be loaded, and is the code that its tag pins`);
  if (!/\.\d[\w.-]*\.js$/.test(url.pathname))
    tell(
      'warn',
      'the script is pinned under an address without a version: it breaks with the next update of the proxy',
      'take the tag from: kelviq-onboarding integrity --url <proxy>',
    );
}
