/**
 * The address of a PostgreSQL database: `postgres://user:password@host:5432/database`, parameters
 * named as PostgreSQL names them. Its password is a Secret from here on.
 */
import { Secret } from '../secret.ts';

/** Where the tables are, unless the address names another schema. */
const DEFAULT_SCHEMA = 'kelviq_onboarding';
const DEFAULT_PORT = 5432;

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const PARAMETERS = new Set([
  'schema',
  'host',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'channel_binding',
  'application_name',
  'options',
]);

/** Encryption, in PostgreSQL's words: `require` encrypts and checks nobody, `verify-full` checks all. */
export type PostgresTls = {
  mode: (typeof SSL_MODES)[number];
  /** Paths of PEM files; null where the system's own certificates, or none, are meant. */
  rootCertificate: string | null;
  certificate: string | null;
  key: string | null;
};

/** How to reach a database. `host` is a name, an address, or the folder of a Unix socket. */
export type PostgresAddress = {
  host: string;
  port: number;
  user: string;
  password: Secret;
  database: string;
  schema: string;
  tls: PostgresTls;
  channelBinding: boolean;
  applicationName: string;
  /** Passed to the server as they are, such as `-c geqo=off`. */
  options: string | null;
};

/** Whether `address` means this engine, rightly written or not. */
export function isPostgresAddress(address: string): boolean {
  return /^postgres(?:ql)?:/.test(address);
}

/** Reads an address. What is wrong with it comes as an Error that continues its name and repeats no value. */
export function readPostgresAddress(address: string): PostgresAddress | Error {
  const parts = decoded(address);
  if (!parts) {
    return new Error(
      'must be an address such as postgres://user:password@host:5432/database; write the characters % / ? # : @ of a password as %25 %2F %3F %23 %3A %40.',
    );
  }
  const { user, password, port, database, parameters } = parts;
  const unknown = [...parameters.keys()].some((name) => !PARAMETERS.has(name));
  if (unknown) return new Error(`has a parameter that is not known; it takes ${[...PARAMETERS].join(', ')}.`);
  const host = parameters.get('host') ?? parts.host;
  if (host === '' || host.includes(',') || user === '' || database === '')
    return new Error('must name user, host and database: postgres://user:password@host:5432/database');
  const mode = SSL_MODES.find((known) => known === (parameters.get('sslmode') ?? 'disable'));
  if (!mode) return new Error(`takes sslmode=${SSL_MODES.join(', ')}.`);
  const schema = parameters.get('schema') ?? DEFAULT_SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_'))
    return new Error('takes as schema a name of lower-case letters, digits and "_".');
  return {
    host,
    port,
    user,
    password: new Secret(password),
    database,
    schema,
    tls: {
      mode,
      rootCertificate: parameters.get('sslrootcert') ?? null,
      certificate: parameters.get('sslcert') ?? null,
      key: parameters.get('sslkey') ?? null,
    },
    channelBinding: ['prefer', 'require'].includes(parameters.get('channel_binding') ?? ''),
    applicationName: parameters.get('application_name') ?? 'kelviq-onboarding',
    options: parameters.get('options') ?? null,
  };
}

/** The parts of an address as they are meant; null when it is none. */
function decoded(address: string) {
  // PostgreSQL's own form has no host where a parameter names it; a URL with a user has to have one.
  const text = address.replace(/^([a-z]+:\/\/[^/?#]*@)(?=(?::\d*)?\/)/, '$1none');
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.hash !== '') return null;
  try {
    return {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      host: text === address ? decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')) : '',
      port: Number(url.port || DEFAULT_PORT),
      database: decodeURIComponent(url.pathname.slice(1)),
      parameters: url.searchParams,
    };
  } catch {
    return null;
  }
}
