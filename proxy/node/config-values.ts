/**
 * How each setting is written: one zod schema for each form of value. Messages continue the name of
 * the variable, say what to write, and never repeat a value, because any value may be a secret
 * pasted into the wrong place.
 */
import { createPublicKey } from 'node:crypto';
import { isLoopbackHost } from '../address.ts';
import * as z from '../zod.ts';
import { isPostgresAddress, readPostgresAddress } from '../postgres/address.ts';
import type { RateLimit } from '../charges.ts';
import { originFault } from '../origin.ts';
import { readEncryptionKey, type EncryptionKey } from '../seal.ts';
import { Secret } from '../secret.ts';
import { decodeSecret } from '../signature.ts';
import { readSqliteAddress } from '../store-url.ts';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A string that `read` turns into a value; `read` returns what is wrong as an `Error`. */
function text<Value>(missing: string, read: (value: string) => Value | Error) {
  return z.string(missing).transform((value, context): Value => {
    const result = read(value);
    if (!(result instanceof Error)) return result;
    context.addIssue(result.message);
    return z.NEVER;
  });
}

const wrong = (message: string) => new Error(message);
const words = (value: string) => value.split(/\s+/).filter(Boolean);

export const partnerKey = text('is missing. Copy your partner key, kvqp_…, from Kelviq.', (value) =>
  /^kvqp_[\x21-\x7e]+$/.test(value)
    ? new Secret(value)
    : wrong('must be a partner key, which begins with "kvqp_" and holds no spaces.'),
);

export const baseUrl = text('', (value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || url.username || url.password || url.search || url.hash)
    return wrong(
      'must be an address such as https://api.example.com/v1, without credentials, query and fragment.',
    );
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return wrong('must begin with https://; http:// is for this machine only (localhost, 127.0.0.1, [::1]).');
  return url.href.replace(/\/+$/, '');
});

/** A URL that may be `http:`; whether it is allowed depends on another setting. */
export const webhookUrl = text(
  'is missing. Set the address of your backend that receives the serverKey.',
  (value): URL | Error => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (!url || !/^https?:$/.test(url.protocol))
      return wrong('must be a whole address, such as https://api.example.com/webhooks');
    if (url.username || url.password)
      return wrong(
        'must hold no user name or password; deliveries are signed, so check the signature instead.',
      );
    if (url.hash) return wrong('must not end in a fragment ("#…"); it would never be sent.');
    return url;
  },
);

const MAKE_WEBHOOK_SECRET = 'Make one: echo "whsec_$(openssl rand -base64 32)"';

export const webhookSecrets = text(
  `is missing. ${MAKE_WEBHOOK_SECRET}`,
  (value): readonly Secret[] | Error => {
    const secrets = words(value);
    return secrets.every((secret) => decodeSecret(secret))
      ? secrets.map((secret) => new Secret(secret))
      : wrong(
          `must be "whsec_" and the base64 of 24 to 64 bytes; separate several by spaces. ${MAKE_WEBHOOK_SECRET}`,
        );
  },
);

/** A public JWK; OpenSSL says at once what Web Crypto would only say at the first delivery. */
export const encryptionKey = text('', (value): EncryptionKey | Error => {
  const key = readEncryptionKey(value);
  if (key instanceof Error) return key;
  try {
    createPublicKey({ key, format: 'jwk' });
    return key;
  } catch {
    return wrong('is not a key: its numbers do not belong together. Copy it again.');
  }
});

export const sessionSecrets = text('', (value): readonly Secret[] | Error => {
  const secrets = words(value);
  return secrets.every((secret) => Buffer.byteLength(secret) >= 32)
    ? secrets.map((secret) => new Secret(secret))
    : wrong('must be at least 32 bytes; separate several by spaces. `openssl rand -hex 32` makes one.');
});

export const origins = text(
  'is missing. Set the origins of the pages that show the widget, such as https://app.example.com',
  (value): readonly string[] | Error => {
    const faults: string[] = [];
    const list = value.split(/[\s,]+/).filter(Boolean);
    for (const [index, origin] of list.entries()) {
      const fault = originFault(origin);
      if (fault) faults.push(`entry ${index + 1} ${fault}`);
    }
    if (list.length === 0)
      return wrong('names no origin. Write at least one, such as https://app.example.com');
    return faults.length > 0 ? wrong(`holds exact origins separated by commas: ${faults.join('; ')}.`) : list;
  },
);

export const rateLimit = text('', (value): RateLimit | 'off' | Error => {
  if (value === 'off') return 'off';
  const [, attempts = '', count = '', unit] = /^(\d{1,7})\/(\d{1,5})([smh])$/.exec(value) ?? [];
  const limit = {
    attempts: Number(attempts),
    windowMs: Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
  };
  return limit.attempts > 0 && limit.windowMs > 0
    ? limit
    : wrong('must be attempts and a time, such as 30/90s, 10/10m or 5/1h, or "off".');
});

/** A path behind `sqlite:`, or the address of a PostgreSQL database, which may hold a password. */
export const databaseUrl = text('', (value): Secret | Error => {
  if (isPostgresAddress(value)) {
    const address = readPostgresAddress(value);
    return address instanceof Error ? address : new Secret(value);
  }
  if (value === 'sqlite::memory:')
    return wrong('must name a file: what is kept in memory is lost at the next start.');
  const path = readSqliteAddress(value);
  if (path instanceof Error) return path;
  return path !== undefined && /[^/\\]$/.test(path)
    ? new Secret(value)
    : wrong(
        'must be "sqlite:" and the path of a file, such as sqlite:./data/kelviq-onboarding.db, or postgres://user:password@host:5432/database',
      );
});

export const host = text('', (value) =>
  /^[\w.:[\]%-]+$/.test(value)
    ? value.replace(/^\[|\]$/g, '')
    : wrong('must be the address or name to listen on, such as 0.0.0.0, :: or localhost.'),
);

/** A whole number from `least` to `most`, in digits. */
export const wholeNumber = (least: number, most: number) =>
  text('', (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most
      ? Number(value)
      : wrong(`must be a whole number from ${least} to ${most}.`),
  );

/** A port, 0 for any that is free, or `off`. */
export const portOrOff = text('', (value) =>
  value === 'off'
    ? null
    : /^\d{1,5}$/.test(value) && Number(value) <= 65_535
      ? Number(value)
      : wrong('must be a port from 0 to 65535, or "off".'),
);

/** One of a few words. */
export const oneOf = <const Word extends string>(...choices: readonly Word[]) =>
  text(
    '',
    (value) =>
      choices.find((choice) => choice === value) ??
      wrong(`must be ${choices.map((choice) => `"${choice}"`).join(' or ')}.`),
  );

/** `true` or `false`, nothing else that might mean either. */
export const truth = text('', (value) =>
  value === 'true' || value === 'false' ? value === 'true' : wrong('must be "true" or "false".'),
);
