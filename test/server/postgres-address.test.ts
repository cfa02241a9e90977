import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { type PostgresAddress, readPostgresAddress } from '../../proxy/postgres/address.ts';

function read(address: string): PostgresAddress {
  const parts = readPostgresAddress(address);
  if (parts instanceof Error) assert.fail(parts.message);
  return parts;
}

describe('readPostgresAddress', () => {
  for (const [address, host, port] of [
    ['postgres://u:p@db.example/x', 'db.example', 5432],
    ['postgresql://u:p@[2001:db8::1]:5433/x', '2001:db8::1', 5433],
    ['postgres://u:p@%2Frun%2Fpostgresql/x', '/run/postgresql', 5432],
    ['postgres://u:p@/x?host=/run/postgresql', '/run/postgresql', 5432],
    ['postgres://u@:5433/x?host=/run/postgresql', '/run/postgresql', 5433],
    ['postgres://u:p@localhost:5433/x?host=/run/postgresql', '/run/postgresql', 5433],
  ] as const)
    it(`finds the server of ${address}`, () => {
      const parts = read(address);
      assert.deepEqual([parts.host, parts.port, parts.user, parts.database], [host, port, 'u', 'x']);
    });

  it('takes every character of a password', () => {
    const password = 'p@ss/w:o?r#d %41&"\'\\é+=;';
    const { password: taken } = read(`postgres://u:${encodeURIComponent(password)}@db.example/x`);
    assert.equal(taken.reveal(), password);
    for (const written of ['p@:x', 'p@:5432'])
      assert.equal(read(`postgres://u:${written}@db.example/x`).password.reveal(), written);
  });

  it('says what is missing where there is no host', () => {
    const mistake = readPostgresAddress('postgres://u:hunter2@/x');
    assert.ok(mistake instanceof Error);
    assert.match(mistake.message, /^must name user, host and database/);
  });
});
