/** Customers of long ago, and others amid them that come and go. */
import Libsql from 'libsql';
import { fill, fillSql } from '../../crash/backlog.ts';
import { NAMES, UNTYPED } from '../../../proxy/store-sql.ts';
import { sql } from '../../support/postgres-server.ts';
import { signupRow } from '../../support/signup-row.ts';

/** The digits of an externalId of open sign-up, in their order. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
/** As many places as four digits name. */
const PLACES = 64 ** 4;
/** Odd, so that a number times this one names every place once, and neighbours lie far apart. */
const STRIDE = 6_364_137;
const HOUR_MS = 3_600_000;

/** An expression for the beginning of an externalId, by its place among all. */
function beginning(place: string): string {
  const digits = [64 ** 3, 64 ** 2, 64, 1].map(
    (unit) => `substr('${DIGITS}', CAST(1 + ${place} / ${unit} % 64 AS INTEGER), 1)`,
  );
  return `'ks_' || ${digits.join(' || ')}`;
}

function withSqlite(address: string, work: (db: InstanceType<typeof Libsql>) => void): void {
  const db = new Libsql(address.slice('sqlite:'.length));
  try {
    work(db);
  } finally {
    db.close();
  }
}

/**
 * Puts `count` customers into the tables at `address`, which a server has made and left; delivered all.
 * Their externalIds lie as far apart as those of open sign-up, so that new ones come between them.
 * PostgreSQL's autovacuum is off from then on: it would come once a minute, to one table or the other.
 */
export async function fillDelivered(address: string, count: number): Promise<void> {
  const now = Date.now() - HOUR_MS;
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
      external_id: `${beginning(`(n * ${PLACES} / ${count + 1})`)} || '-of-long-ago' || n`,
      organization_identifier: `'org-of-long-ago-' || n`,
      request_id: "'req_of_long_ago_' || n",
      client_key: `'ck_test_of_long_ago_' || n`,
    },
  };
  if (!address.startsWith('sqlite:')) {
    await sql(address, 'ALTER TABLE signups SET (autovacuum_enabled = off)');
    await sql(address, fillSql(filling, NAMES));
    return void (await sql(address, 'VACUUM ANALYZE signups'));
  }
  withSqlite(address, (db) => {
    // What is in memory is written once.
    db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000');
    db.exec(fillSql(filling, ['typed_id', ...UNTYPED]));
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  });
}

/** Puts `count` deliveries amid them that have waited for an hour; more of them after number `from`. */
export function fillWaiting(address: string, count: number, from: number): Promise<void> {
  const externalId = `${beginning(`(n * ${STRIDE} % ${PLACES})`)} || '-waiting' || n`;
  return fill(address, { count, from, now: Date.now() - HOUR_MS, externalId });
}

/** Takes out all others again; `count` customers are of long ago. */
export async function takeOut(address: string, count: number): Promise<void> {
  if (!address.startsWith('sqlite:')) {
    await sql(address, "DELETE FROM signups WHERE external_id NOT LIKE '%-of-long-ago%'");
    return void (await sql(address, 'VACUUM ANALYZE signups'));
  }
  withSqlite(address, (db) => {
    db.exec('PRAGMA busy_timeout = 5000');
    db.exec(`DELETE FROM signups WHERE rowid > ${count}`);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  });
}
