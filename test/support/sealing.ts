/** Key pairs of a receiver, and a second opinion on JWE: RFC 7516 and 7518 on node:crypto alone. */
import {
  constants,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto';
import type { JWK } from 'jose';

/** Kinds of keys that deliveries can be sealed to. */
export const KINDS = ['EC', 'OKP', 'RSA'] as const;

/** Both halves as JWKs. */
export type KeyPair = { publicJwk: JWK; privateJwk: JWK; privateKey: KeyObject };

/** A new pair; with a `kid` in both halves where one is given. */
export function keyPair(kind: (typeof KINDS)[number], kid?: string): KeyPair {
  const { publicKey, privateKey } = pairOf(kind);
  const named = kid === undefined ? {} : { kid };
  return {
    publicJwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), ...named },
    privateJwk: { ...(privateKey.export({ format: 'jwk' }) as JWK), ...named },
    privateKey,
  };
}

function pairOf(kind: (typeof KINDS)[number]): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kind) {
    case 'EC':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'OKP':
      return generateKeyPairSync('x25519');
    case 'RSA':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}

type Header = { alg: string; enc: string; kid?: string; epk?: JWK };

/** The header of a compact JWE and what it holds, opened without any JOSE library. Throws when it does not open. */
export function openJwe(token: string, privateJwk: JWK): { header: Header; text: string } {
  const parts = token.split('.');
  const [head = '', encryptedKey = '', iv = '', ciphertext = '', tag = ''] = parts;
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Header;
  if (parts.length !== 5 || header.enc !== 'A256GCM') throw new Error('not a compact JWE of ours');
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  const contentKey =
    header.alg === 'RSA-OAEP-256' ? unwrapRsa(key, encryptedKey) : agree(key, header, encryptedKey);
  const decipher = createDecipheriv('aes-256-gcm', contentKey, Buffer.from(iv, 'base64url'));
  decipher.setAAD(Buffer.from(head));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  const text = Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]);
  return { header, text: text.toString() };
}

function unwrapRsa(key: KeyObject, encryptedKey: string): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return privateDecrypt({ key, padding, oaepHash: 'sha256' }, Buffer.from(encryptedKey, 'base64url'));
}

/** 32 bits, as the KDF counts. */
const number = (value: number) => Buffer.from([0, 0, value >> 8, value & 255]);

/** ECDH-ES, with or without a wrapped key (RFC 7518 §4.6; Concat KDF of one round). */
function agree(privateKey: KeyObject, { alg, enc, epk }: Header, encryptedKey: string): Buffer {
  const publicKey = createPublicKey({ key: epk as JWK, format: 'jwk' });
  const shared = diffieHellman({ privateKey, publicKey });
  const purpose = Buffer.from(alg === 'ECDH-ES' ? enc : alg);
  const derived = createHash('sha256')
    .update(
      Buffer.concat([number(1), shared, number(purpose.length), purpose, number(0), number(0), number(256)]),
    )
    .digest();
  if (alg === 'ECDH-ES') return derived;
  const unwrap = createDecipheriv('id-aes256-wrap', derived, Buffer.alloc(8, 0xa6));
  return Buffer.concat([unwrap.update(Buffer.from(encryptedKey, 'base64url')), unwrap.final()]);
}
