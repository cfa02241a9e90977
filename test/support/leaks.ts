/** Finds secrets in bytes, in every form in which a careless program might let them out. */

/** Named bytes to look through. */
export type Places = Readonly<Record<string, Buffer>>;

/** What base64 of any longer text shows of `secret`, for each of its three alignments. */
function base64Cores(secret: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), secret]);
    const from = shift === 0 ? 0 : 4;
    const wholeGroups = Math.floor(bytes.length / 3) * 4;
    return bytes.toString(encoding).slice(from, wholeGroups);
  });
}

/** Each form of a secret, by name, as it would stand in a file or an answer. */
export function formsOf(secret: string | Buffer): Record<string, string[]> {
  const bytes = Buffer.from(secret);
  const text = bytes.toString('utf8');
  const hex = bytes.toString('hex');
  return {
    plain: [bytes.toString('latin1')],
    reversed: [
      Buffer.from(Array.from(text).toReversed().join('')).toString('latin1'),
      Buffer.from(bytes.toReversed()).toString('latin1'),
    ],
    base64: base64Cores(bytes, 'base64'),
    base64url: base64Cores(bytes, 'base64url'),
    hex: [hex, hex.toUpperCase()],
    'url-encoded': [
      encodeURIComponent(text),
      hex.replaceAll(/../g, '%$&'),
      hex.toUpperCase().replaceAll(/../g, '%$&'),
    ],
    utf16: [Buffer.from(text, 'utf16le').toString('latin1')],
  };
}

/** Every leak: which secret, in which form, in which place. Secrets must be long enough to be unmistakable. */
export function sweep(places: Places, secrets: Readonly<Record<string, string | Buffer>>): string[] {
  const texts = Object.entries(places).map(([place, bytes]) => [place, bytes.toString('latin1')] as const);
  return Object.entries(secrets).flatMap(([name, secret]) => {
    if (secret.length < 12) throw new TypeError(`${name} is too short to be told from chance`);
    return Object.entries(formsOf(secret)).flatMap(([form, variants]) =>
      texts
        .filter(([, text]) => variants.some((variant) => text.includes(variant)))
        .map(([place]) => `${name}, ${form}, in ${place}`),
    );
  });
}
