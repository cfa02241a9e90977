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
export type Filling = { count: number; from: number; row: Row; expressions: Record<string, string> };

/** The statement that adds rows, with `names` for columns; `n` in an expression is a row's number. */
export function fillSql({ count, from, row, expressions }: Filling, names: readonly string[]): string {
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

/** Deliveries that wait; `externalId` is an expression for that of row number `n`. */
export type Waiting = { count: number; now: number; from?: number; externalId?: string };

/** Puts a backlog into the tables at `address`, which a server has made; more of it after number `from`. */
export async function fill(
  address: string,
  { count, now, from = 0, externalId = `'${OLD}' || n` }: Waiting,
): Promise<void> {
  const filling = {
    count,
    from,
    row: signupRow('', { state: 'provisioned', settled: true, provisionedAt: now, deliveryAttempts: 1 }),
    expressions: {
      external_id: externalId,
      organization_identifier: `'org-' || ${externalId}`,
      request_id: "'req_' || n",
      email: `${externalId} || '@example.com'`,
      typed_id: 'n + (SELECT ifnull(MAX(id), 0) FROM typed)',
      client_key: `'ck_test_' || ${externalId}`,
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
