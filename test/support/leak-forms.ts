/** The forms in which a careless program might let a secret out, each as the bytes to look for. */

/** A form by name: whole variants of the secret, and pieces of which any one gives it away. */
export type Form = { name: string; needles: string[] };

/** So many bytes of something random are no chance, and no secret is safe without them. */
const PIECE = 12;
const FEWER = 8;

/** The random part of a secret, without the prefix that says what it is; null where it has none long enough. */
function coreOf(text: string): string | null {
  const [longest = ''] = (text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []).toSorted((a, b) => b.length - a.length);
  const core = longest.replace(/^(?:[a-z]+_)+/, '');
  return core.length >= 16 ? core : null;
}

function windows(text: string, size: number, step = 1): string[] {
  const count = Math.floor((text.length - size) / step) + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, index) =>
    text.slice(index * step, index * step + size),
  );
}

/** What base64 of any longer text shows of `bytes`, for each of its three alignments. */
function base64Cores(bytes: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const wholeGroups = Math.floor(shifted.length / 3) * 4;
    return shifted.toString(encoding).slice(shift === 0 ? 0 : 4, wholeGroups);
  });
}

const reversed = (text: string) => Array.from(text).toReversed().join('');
const each = (bytes: Buffer, write: (byte: number) => string) => Array.from(bytes, write).join('');
const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');

/** One character at a time, as languages and protocols escape it. */
const ESCAPES: readonly ((byte: number) => string)[] = [
  (byte) => `\\u00${hexOf(byte)}`,
  (byte) => `\\x${hexOf(byte)}`,
  (byte) => `&#x${hexOf(byte)};`,
  (byte) => `&#${byte};`,
  (byte) => `%25${hexOf(byte)}`,
  (byte) => `${byte},`,
  (byte) => `${byte} `,
  (byte) => `${hexOf(byte)} `,
];

/** Forms of `bytes`, whole. */
function wholeForms(bytes: Buffer): Record<string, string[]> {
  const text = bytes.toString('utf8');
  const percent = each(bytes, (byte) => `%${hexOf(byte)}`);
  return {
    plain: [bytes.toString('latin1')],
    reversed: [
      Buffer.from(reversed(text)).toString('latin1'),
      Buffer.from(bytes.toReversed()).toString('latin1'),
    ],
    base64: base64Cores(bytes, 'base64'),
    base64url: base64Cores(bytes, 'base64url'),
    hex: [bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
    'URL-encoded': [encodeURIComponent(text), percent, percent.toUpperCase()],
    utf16: [Buffer.from(text, 'utf16le').toString('latin1')],
    escaped: ESCAPES.map((write) => each(bytes, write).slice(0, -1)),
  };
}

/** Pieces of `core`, as long as chance cannot write them, in each form. */
function pieces(core: string): Record<string, string[]> {
  const bytes = Buffer.from(core);
  const runs = windows(core, PIECE);
  const few = windows(core, FEWER).map((piece) => Buffer.from(piece));
  const percent = few.map((piece) => each(piece, (byte) => `%${hexOf(byte)}`));
  return {
    plain: runs,
    capitals: runs.map((piece) => piece.toUpperCase()).filter((piece) => !core.includes(piece)),
    reversed: runs.map(reversed),
    base64: base64Cores(bytes, 'base64').flatMap((text) => windows(text, PIECE)),
    base64url: base64Cores(bytes, 'base64url').flatMap((text) => windows(text, PIECE)),
    hex: windows(bytes.toString('hex'), 2 * FEWER, 2).flatMap((piece) => [piece, piece.toUpperCase()]),
    'URL-encoded': percent.flatMap((piece) => [piece, piece.toUpperCase()]),
    utf16: few.map((piece) => Buffer.from(piece.toString(), 'utf16le').toString('latin1')),
    escaped: few.flatMap((piece) => ESCAPES.map((write) => each(piece, write).slice(0, -1))),
  };
}

/** Every form of a secret but the split one, which is looked for in another way. */
export function formsOf(secret: string | Buffer): Form[] {
  const bytes = Buffer.from(secret);
  const whole = wholeForms(bytes);
  const core = typeof secret === 'string' ? coreOf(secret) : null;
  const parts = core === null ? {} : pieces(core);
  return [...new Set([...Object.keys(whole), ...Object.keys(parts)])].map((name) => ({
    name,
    needles: [...new Set([...(whole[name] ?? []), ...(parts[name] ?? [])])].filter(Boolean),
  }));
}

/** Letters and digits alone: what is left of a text when everything that may split a secret is taken out. */
export function stripped(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (const byte of bytes)
    if ((byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122))
      kept[length++] = byte;
  return kept.subarray(0, length);
}

/** Pieces of a secret to look for in a stripped text; none where it is not random enough to be told from chance. */
export function splitNeedles(secret: string | Buffer): string[] {
  const core = typeof secret === 'string' ? coreOf(secret) : null;
  return core === null ? [] : windows(core.replaceAll(/[^A-Za-z0-9]/g, ''), PIECE + 2);
}
