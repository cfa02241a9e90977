/** Values that have broken something somewhere, and a few that are good. */
import * as fc from 'fast-check';

/** Characters by number: fast-check's own units of this size take seconds to set up. */
export const latin1 = fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code));
const unicode = fc
  .oneof(fc.integer({ min: 0, max: 0x2ff }), fc.integer({ min: 0, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Header values in latin1, as Node sends and reads them; nothing that would end a line. */
export const headerText = fc
  .string({ unit: latin1, maxLength: 200 })
  .map((text) => text.replaceAll(/[\r\n\0]|[^\x20-\x7e\x80-\xff]/g, ' '));

/** Text that has broken something somewhere. */
const nasty = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\u202e',
  '\ud800',
  '\ufeff',
  '\u2028',
  '💥'.repeat(80),
  'a'.repeat(9000),
  '\r\nSet-Cookie: a=b',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '${7*7}',
  '%s%n',
  "' OR 1=1 --",
  '../../etc/passwd',
  '$(id)',
  '`id`',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  'Infinity',
  '1e400',
  '-0',
  'null',
  'undefined',
  'ks_x',
  '[object Object]',
  'a@b.example',
  'Ünïcode@bücher.example',
  'a@[127.0.0.1]',
  '"a b"@c.example',
  'a@b',
  'a@b.example\0',
  '@',
  'a@@b.c',
);
/** Any text, and half of it nasty. */
export const anyText = fc.oneof(
  nasty,
  fc.string({ unit: unicode, maxLength: 60 }),
  fc.string({ unit: latin1, maxLength: 60 }),
);

/** E-mail addresses that are good, and mean nothing to the sandbox. */
export const goodEmail = fc.nat(1e9).map((number) => `c${number}@fuzz.example`);

/** Anything that JSON can say, and what it cannot. */
export const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 4 }), anyText, fc.double(), fc.bigInt().map(Number));
