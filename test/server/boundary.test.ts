/** Invariant 1: no secret ever reaches a browser, a log, an error or a disk. */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gatherPlaces, type Gathered } from '../support/boundary-places.ts';
import { formsOf } from '../support/leak-forms.ts';
import { createSweep, sweep, type Places } from '../support/leaks.ts';

const beginning = (places: Places, start: string) =>
  Object.fromEntries(Object.entries(places).filter(([place]) => place.startsWith(start)));

/** Every kind of place that has to have been looked at, by how its name begins. */
const KINDS = [
  'answer: plain',
  'answer: mirrored',
  'answer: page-500',
  'answer: POST /v1/organizations',
  'answer: GET /readyz',
  'metrics',
  'database while',
  'database-wal while',
  'database after',
  'log',
  'command: deliveries show',
  'command: doctor',
  'command: reconcile',
  'command: serve with mistakes',
];

/** The bytes with one leak somewhere in them; every third time packed. */
function planted(bytes: Buffer, leak: string, index: number): Buffer {
  const at = (index * 7919) % (bytes.length + 1);
  const joined = Buffer.concat([bytes.subarray(0, at), Buffer.from(leak, 'latin1'), bytes.subarray(at)]);
  return index % 3 === 2 ? gzipSync(joined) : joined;
}

/** Each form of a secret in each kind of place, by turns: at least 25 leaks, each alone. */
function leaksIn({ places, secrets }: Gathered): { place: string; expected: string; bytes: Buffer }[] {
  const names = Object.keys(secrets).filter((name) => typeof secrets[name] === 'string');
  return Array.from({ length: 4 * KINDS.length }, (_, index) => {
    const name = names[(index * 5) % names.length] ?? '';
    const forms = [...formsOf(secrets[name] ?? ''), { name: 'split', needles: [splitOf(secrets[name])] }];
    const form = forms[index % forms.length] ?? assert.fail();
    const kind = KINDS[index % KINDS.length] ?? '';
    const [place, bytes] = Object.entries(beginning(places, kind))[0] ?? assert.fail(kind);
    const needle = form.needles[index % form.needles.length] ?? '';
    return { place, expected: `${name}, ${form.name}, in ${place}`, bytes: planted(bytes, needle, index) };
  });
}

const splitOf = (secret: unknown) => String(secret).replaceAll(/.{5}/g, '$&"\n + "');

describe('no secret crosses the boundary', () => {
  it('in answers, logs, metrics, files or commands', async (t) => {
    const gathered = await gatherPlaces(t);
    const { places, secrets, tokens, met } = gathered;
    for (const status of [200, 201, 202, 409, 422, 502, 503]) assert.ok(met.has(status), `${status}`);
    assert.ok(Object.keys(places).length > 120);
    for (const kind of KINDS)
      assert.ok(
        Object.values(beginning(places, kind)).some((bytes) => bytes.length > 20),
        kind,
      );
    assert.match(String(places['log']), /"level":"debug"/);
    assert.match(String(places['metrics']), /signups_total/);
    assert.match(String(places['command: serve with mistakes']), /WEBHOOK_SECRET/);
    assert.match(String(places['command: deliveries show plain']), /delivered/);
    assert.deepEqual(sweep(places, secrets), []);

    await t.test('logs and metrics hold nothing personal', () => {
      const told = { log: places['log'] as Buffer, metrics: places['metrics'] as Buffer };
      assert.deepEqual(sweep(told, { e: '@example.com', ...tokens }), []);
    });

    await t.test('files hold no token, and forget what is delivered', () => {
      const stored = beginning(places, 'database');
      assert.deepEqual(sweep(stored, tokens), []);
      const gone = { e: 'plain@example.com', f: 'lost@example.com', g: 'half@example.com' };
      // While it is busy the log of writes may still hold them; it is emptied by the next idle moment and at the end.
      assert.deepEqual(sweep(beginning(places, 'database after'), gone), []);
    });

    await t.test('and each of 56 planted leaks is found', () => {
      const swept = createSweep(secrets);
      const leaks = leaksIn(gathered);
      assert.equal(leaks.length, 56);
      for (const { place, expected, bytes } of leaks) {
        const found = swept({ [place]: bytes });
        assert.ok(found.includes(expected), `${expected} (found: ${found.join('; ')})`);
      }
    });
  });
});
