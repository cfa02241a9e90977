import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Charge, Store } from '../../proxy/store.ts';
import { signupRow, STORE_TIME as now } from '../support/signup-row.ts';
import { onEveryEngine } from '../support/store.ts';

const perAddress: Charge = { key: 'address:1', attempts: 2, windowMs: 600_000 };
const email: Charge = { key: 'email:1', attempts: 1, windowMs: 3_600_000 };

let customer = 0;
async function attempt(store: Store, charges: readonly Charge[], at: number): Promise<unknown> {
  const opened = await store.begin(signupRow(`c${customer++}`), null, charges, at);
  return opened.outcome === 'limited' ? [opened.limit.key, opened.retryAfterMs] : opened.outcome;
}

onEveryEngine((openStore, engine) => {
  describe('charges', () => {
    it('stop at the limit until the window closes', async (t) => {
      const store = await openStore(t);
      assert.equal(await attempt(store, [perAddress], now), 'opened');
      assert.equal(await attempt(store, [perAddress], now + 1000), 'opened');
      assert.deepEqual(await attempt(store, [perAddress], now + 2000), ['address:1', 598_000]);
      assert.deepEqual(await attempt(store, [perAddress], now + 599_999), ['address:1', 1]);
      assert.equal(await attempt(store, [perAddress], now + 600_000), 'opened');
      assert.equal(await attempt(store, [perAddress], now + 1_199_999), 'opened');
      assert.deepEqual(await attempt(store, [perAddress], now + 1_199_999), ['address:1', 1]);
    });

    it('are taken together or not at all', async (t) => {
      const store = await openStore(t);
      assert.equal(await attempt(store, [perAddress, email], now), 'opened');
      assert.deepEqual(await attempt(store, [perAddress, email], now), ['email:1', 3_600_000]);
      assert.equal(await attempt(store, [perAddress], now), 'opened');
      assert.deepEqual(await attempt(store, [perAddress], now), ['address:1', 600_000]);
    });

    it('open no window when another limit is full', async (t) => {
      const store = await openStore(t);
      await attempt(store, [email], now);
      assert.deepEqual(await attempt(store, [perAddress, email], now + 5), ['email:1', 3_599_995]);
      assert.equal(await attempt(store, [perAddress], now + 1000), 'opened');
      assert.equal(await attempt(store, [perAddress], now + 1000), 'opened');
      assert.deepEqual(await attempt(store, [perAddress], now + 1000), ['address:1', 600_000]);
    });

    it('name the limit that lasts longest', async (t) => {
      const store = await openStore(t);
      const once = { ...perAddress, attempts: 1 };
      await attempt(store, [once, email], now);
      assert.deepEqual(await attempt(store, [once, email], now + 5), ['email:1', 3_599_995]);
    });

    it('take a limit as large as anybody writes', async (t) => {
      const store = await openStore(t);
      const most = [{ ...perAddress, attempts: 25 * Number.MAX_SAFE_INTEGER }];
      for (const row of [signupRow('first'), signupRow('refused')])
        assert.equal((await store.begin(row, null, most, now)).outcome, 'opened');
      const again = signupRow('refused', { fence: 2 });
      assert.equal((await store.begin(again, 1, most, now)).outcome, 'opened');
      assert.equal(await store.limited(most, now), null);
    });

    it('write no row when limited', async (t) => {
      const store = await openStore(t);
      await store.begin(signupRow('first'), null, [email], now);
      await store.begin(signupRow('second'), null, [email], now);
      assert.equal(await store.find('second'), null);
    });

    it('are not taken from who has a row already', async (t) => {
      const store = await openStore(t, [signupRow('mine')]);
      const opened = await store.begin(signupRow('mine'), null, [email], now);
      assert.equal(opened.outcome, 'exists');
      assert.equal(await attempt(store, [email], now), 'opened');
    });

    it('come back with a removal that counts', async (t) => {
      const store = await openStore(t);
      const row = signupRow('gone');
      await store.begin(row, null, [email], now);
      assert.equal(await store.remove({ ...row, fence: 99 }, [email.key]), false);
      assert.deepEqual(await attempt(store, [email], now), ['email:1', 3_600_000]);
      assert.equal(await store.remove(row, [email.key, 'unknown']), true);
      assert.equal(await attempt(store, [email], now), 'opened');
    });

    it('never come back more often than taken', async (t) => {
      const store = await openStore(t, [signupRow('a'), signupRow('b')]);
      await attempt(store, [email], now);
      await store.remove(signupRow('a'), [email.key]);
      await store.remove(signupRow('b'), [email.key]);
      assert.equal(await attempt(store, [email], now), 'opened');
      assert.deepEqual(await attempt(store, [email], now), ['email:1', 3_600_000]);
    });

    it('are taken once by a crowd', async (t) => {
      const store = await openStore(t);
      const spent: Charge = { key: 'challenge:1', attempts: 1, windowMs: 600_000 };
      const crowd = await Promise.all(
        Array.from({ length: 40 }, () => attempt(store, [perAddress, spent], now)),
      );
      assert.equal(crowd.filter((outcome) => outcome === 'opened').length, 1);
      assert.equal(await attempt(store, [perAddress], now), 'opened');
    });

    it('can be looked at without being taken', async (t) => {
      const store = await openStore(t);
      assert.equal(await store.limited([email, perAddress], now), null);
      assert.equal(await attempt(store, [perAddress, email], now), 'opened');
      assert.deepEqual(await store.limited([perAddress, email], now + 5), {
        retryAfterMs: 3_599_995,
        limit: email,
      });
      assert.equal(await store.limited([perAddress], now), null);
      assert.equal(await store.limited([email], now + email.windowMs), null);
      assert.equal(await store.limited([], now), null);
    });

    it('do not lock out after a clock was ahead', async (t) => {
      const store = await openStore(t);
      await attempt(store, [email], now + 10 * email.windowMs);
      assert.equal(await attempt(store, [email], now), 'opened');
    });

    it('hold after a clock was ahead', async (t) => {
      const store = await openStore(t);
      await store.tidy(now + 10 * email.windowMs);
      assert.equal(await attempt(store, [email], now), 'opened');
      await store.tidy(now + 1);
      assert.deepEqual(await attempt(store, [email], now + 2), ['email:1', 3_599_998]);
    });

    it('hold after a restart and a tidy', async (t) => {
      const address = await engine.address(t);
      const before = await openStore(t, [], address);
      await attempt(before, [email], now);
      await before.tidy();
      await before.close();
      const after = await openStore(t, [], address);
      assert.deepEqual(await attempt(after, [email], now + 1), ['email:1', 3_599_999]);
    });
  });
});
