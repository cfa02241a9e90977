/** Bodies of a signup: right in shape and wrong in value, wrong in shape, and no JSON at all. */
import * as fc from 'fast-check';
import { anyJson, anyText, goodEmail } from './values.ts';

const shaped = fc.record(
  {
    email: fc.oneof({ weight: 3, arbitrary: goodEmail }, anyText, anyJson),
    businessName: fc.oneof({ weight: 2, arbitrary: fc.constantFrom('Sonne', null) }, anyText, anyJson),
    challenge: fc.oneof(anyText, anyJson, challenge()),
    externalId: anyJson,
    serverKey: anyText,
  },
  { requiredKeys: [] },
);

/** Solutions that were never asked for: right in shape, absurd in value. */
function challenge(): fc.Arbitrary<string> {
  const number = fc.constantFrom(0, -1, 1, 5000, 1e9, Number.MAX_SAFE_INTEGER, 1e308, 0.5);
  const parameters = fc.record({
    algorithm: fc.constantFrom('PBKDF2/SHA-256', 'SHA-256', 'SCRYPT', 'none'),
    cost: number,
    expiresAt: fc.constantFrom(0, 9e9, 9e15),
    keyLength: number,
    keyPrefix: fc.constantFrom('', '00', 'zz', '00'.repeat(500)),
    keySignature: anyText,
    nonce: anyText,
    salt: anyText,
    memoryCost: number,
  });
  return fc
    .record({
      challenge: fc.record({ parameters, signature: anyText }),
      solution: fc.record({ counter: number, derivedKey: anyText }),
    })
    .map((solved) => Buffer.from(JSON.stringify(solved)).toString('base64'));
}

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":'), fc.integer({ min: 1, max: 4000 }))
  .map(([open, times]) => open.repeat(times).slice(0, 8000));

/** Any of them. */
export const body = fc.oneof(
  { weight: 8, arbitrary: shaped.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 2, arbitrary: anyJson.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: deep.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '',
        '{"email":"a@b.example","email":7}',
        '{"__proto__":{"email":"a@b.example"}}',
        '\ufeff{}',
        '{"email":"\\ud800@b.example"}',
        '{"email":"a@b.example"',
        '{"email":"a@b.example"}}',
        '{email:1}',
        '[{"email":"a@b.example"}]',
        '{"email":1e999}',
        `{"email":"${'a'.repeat(8150)}@b.example"}`,
        ' '.repeat(8193),
        'x'.repeat(30_000),
      )
      .map((text) => Buffer.from(text)),
  },
);
