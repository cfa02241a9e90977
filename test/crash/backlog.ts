/** A hundred thousand rows that wait, and a Kelviq that knows all of them without keeping any. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Libsql from 'libsql';
import type { Row } from '../../proxy/row.ts';
import { NAMES, UNTYPED, valuesOf } from '../../proxy/store-sql.ts';
import { sql } from '../support/postgres-server.ts';
import { signupRow } from '../support/signup-row.ts';

/** How the externalIds of the backlog begin. */
export const OLD = 'old-';

const organization = (externalId: string) => ({
  userId: 1,
  organizationIdentifier: `org-${externalId}`,
  organizationSlug: externalId,
  clientKey: `ck_test_${externalId}`,
  serverKey: `sk_test_${externalId}`,
  partnerExternalId: externalId,
});

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A stand-in for Kelviq that has an organization for everybody of the backlog and whoever is posted. */
export async function startEndlessKelviq(): Promise<{ url: string; close: () => Promise<void> }> {
  const posted = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'POST') {
        const { externalId } = JSON.parse(await text(request)) as { externalId: string };
        posted.add(externalId);
        return answer(response, 201, organization(externalId));
      }
      const externalId = decodeURIComponent(/by-external-id\/([^/]+)\/$/.exec(request.url ?? '')?.[1] ?? '');
      const isKnown = externalId.startsWith(OLD) || posted.has(externalId);
      if (isKnown) answer(response, 200, organization(externalId));
      else answer(response, 404, { detail: 'Not found.' });
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Rows to be added: how many, from which number on, and what they say. */
type Filling = { count: number; from: number; row: Row; expressions: Record<string, string> };

/** The statement that adds them, with `names` for columns; `n` in an expression is a row's number. */
function fillSql({ count, from, row, expressions }: Filling, names: readonly string[]): string {
  const literals = valuesOf(row).map((value, index) => [
    NAMES[index],
    typeof value === 'string' ? `'${value}'` : String(value),
  ]);
  const all: Record<string, string> = { typed_id: 'NULL', ...Object.fromEntries(literals), ...expressions };
  const values = names.map((name) => all[name]).join(', ');
  return `WITH RECURSIVE series (n) AS
    (SELECT CAST(${from + 1} AS BIGINT) UNION ALL SELECT n + 1 FROM series WHERE n < ${from + count})
    INSERT INTO signups (${names.join(', ')}) SELECT ${values} FROM series`;
}

/** Puts a backlog into the tables at `address`, which a server has made; more of it after number `from`. */
export async function fill(address: string, count: number, now: number, from = 0): Promise<void> {
  const filling = {
    count,
    from,
    row: signupRow('', { state: 'provisioned', settled: true, provisionedAt: now, deliveryAttempts: 1 }),
    expressions: {
      external_id: `'${OLD}' || n`,
      organization_identifier: `'org-${OLD}' || n`,
      request_id: "'req_' || n",
      email: `'${OLD}' || n || '@example.com'`,
      typed_id: 'n + (SELECT ifnull(MAX(id), 0) FROM typed)',
      client_key: `'ck_test_${OLD}' || n`,
      due_at: `${now - count - from} + n`,
    },
  };
  if (!address.startsWith('sqlite:')) return void (await sql(address, fillSql(filling, NAMES)));
  const db = new Libsql(address.slice('sqlite:'.length));
  db.exec(`PRAGMA busy_timeout = 5000`);
  db.exec(`BEGIN IMMEDIATE;
    ${fillSql(filling, ['typed_id', ...UNTYPED])};
    INSERT INTO typed (id, live, email) SELECT typed_id, 1, CAST(external_id || '@example.com' AS BLOB)
      FROM signups WHERE rowid > (SELECT MAX(rowid) FROM signups) - ${count} ORDER BY typed_id;
    COMMIT`);
  db.close();
}

/** The digits of an externalId of open sign-up, in their order. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

/**
 * Puts `count` customers of long ago into such tables, delivered all. Their externalIds lie as far
 * apart as those of open sign-up, so that new ones come between them.
 */
export async function fillDelivered(address: string, count: number, now: number): Promise<void> {
  const place = `(n * ${64 ** 4} / ${count + 1})`;
  const digits = [64 ** 3, 64 ** 2, 64, 1].map(
    (unit) => `substr('${DIGITS}', CAST(1 + ${place} / ${unit} % 64 AS INTEGER), 1)`,
  );
  const filling = {
    count,
    from: 0,
    row: signupRow('', {
      state: 'delivered',
      settled: true,
      email: null,
      businessName: null,
      emailHash: null,
      provisionedAt: now,
      deliveryAttempts: 1,
      deliveredAt: now,
    }),
    expressions: {
      external_id: `'ks_' || ${digits.join(' || ')} || '-of-long-ago' || n`,
      organization_identifier: `'org-of-long-ago-' || n`,
      request_id: "'req_of_long_ago_' || n",
      client_key: `'ck_test_of_long_ago_' || n`,
    },
  };
  if (!address.startsWith('sqlite:')) {
    await sql(address, fillSql(filling, NAMES));
    return void (await sql(address, 'VACUUM ANALYZE signups'));
  }
  const db = new Libsql(address.slice('sqlite:'.length));
  // What is in memory is written once.
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000');
  db.exec(fillSql(filling, ['typed_id', ...UNTYPED]));
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}
