/** What a request says about the form of an answer: content codings and the copy it already holds. */

/** Content codings that answers come in, the smallest first. */
export const ENCODINGS = ['br', 'gzip', 'identity'] as const;

/** One of `ENCODINGS`. */
export type Encoding = (typeof ENCODINGS)[number];

/** RFC 9110 §12.5.3: the coding of highest weight among those at hand; of equals the smallest. */
export function chooseEncoding(header: string | undefined, atHand: readonly Encoding[]): Encoding {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '') ?? '1';
    if (coding !== '')
      weights.set(
        coding === 'x-gzip' ? 'gzip' : coding,
        /^(?:0|1)(?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 0,
      );
  }
  const weightOf = (encoding: Encoding): number => {
    const own = weights.get(encoding) ?? weights.get('*');
    // Nothing said of identity means that it will do, behind whatever was asked for.
    return own ?? (encoding === 'identity' ? 0.0001 : 0);
  };
  // toSorted is stable, so that of equals the first of ENCODINGS, the smallest, stays in front.
  const usable = ENCODINGS.filter((encoding) => atHand.includes(encoding) && weightOf(encoding) > 0);
  return usable.toSorted((a, b) => weightOf(b) - weightOf(a))[0] ?? 'identity';
}

/** RFC 9110 §13.1.2: whether `If-None-Match` names this strong entity tag, even as a weak one, or any. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const tags: readonly string[] = header.match(/"[^"]*"/g) ?? [];
  return tags.includes(etag);
}
