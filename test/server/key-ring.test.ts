import assert from '../support/assert.ts';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { createKeyRing, rotatingHash } from '../../proxy/key-ring.ts';
import { keyedHash, webHashing } from '../../proxy/keys.ts';
import { rotating } from '../../proxy/rotating.ts';
import { Secret } from '../../proxy/secret.ts';

describe('a key ring', () => {
  it('remembers the key before the present one', () => {
    let key = 'kvqp_one';
    const ring = createKeyRing(() => key);
    const first = ring.current();
    assert.equal(ring.former(), null);
    assert.equal(ring.current(), first, 'the same key is the same Secret');
    key = 'kvqp_two';
    assert.equal(ring.current().reveal(), 'kvqp_two');
    assert.equal(ring.former(), first);
  });

  it('tells each request whether its key is another one now', async () => {
    let key = new Secret('kvqp_one');
    const found = [new Secret('kvqp_one'), new Secret('kvqp_two'), new Secret('kvqp_two')];
    const ring = createKeyRing(
      () => key,
      async () => void (key = found.shift() ?? key),
    );
    const used = ring.current();
    assert.equal(await ring.refused(used), false, 'the source has the same');
    assert.equal(await ring.refused(used), true);
    assert.equal(await ring.refused(used), true, 'who was sent with the old one, too');
    assert.equal(await ring.refused(ring.current()), false);
  });

  it('hashes under both keys', async () => {
    let key = 'kvqp_one';
    const hashing = {
      ...webHashing,
      hmac: (k: Uint8Array, data: string | Uint8Array) => createHmac('sha256', k).update(data).digest(),
    };
    const ring = createKeyRing(() => key);
    const hash = rotatingHash(ring, 'email', hashing);
    const old = await hash('a@example.com');
    assert.equal(old, await keyedHash(new Secret(key), 'email', hashing)('a@example.com'));
    assert.equal(await hash.former('a@example.com'), null);
    key = 'kvqp_two';
    assert.notEqual(await hash('a@example.com'), old);
    assert.equal(await hash.former('a@example.com'), old);
  });
});

describe('rotating', () => {
  it('makes once for each value', () => {
    let list = [1, 2];
    let made = 0;
    const sum = rotating(
      () => list,
      (numbers) => {
        made++;
        return numbers.reduce((one, other) => one + other, 0);
      },
    );
    assert.deepEqual([sum(), sum(), made], [3, 3, 1]);
    list = [5];
    assert.deepEqual([sum(), sum(), made], [5, 5, 2]);
    assert.equal(rotating([7], ([first]) => first)(), 7);
  });
});
