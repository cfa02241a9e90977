import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { createWaiters } from '../../proxy/waiters.ts';
import { rowIn } from '../support/signup.ts';

const told = { told: 'organization', row: rowIn('provisioned') } as const;
const here = () => true;
const gone = () => false;

describe('createWaiters', () => {
  it('tells everybody the same, the creation to one', async () => {
    const waiters = createWaiters();
    const waiting = ['a', 'b', 'b'].map((emailHash) => waiters.wait({ emailHash, here }));
    assert.equal(waiters.hears('b'), true);
    waiters.tell(told);
    const outcomes = await Promise.all(waiting);
    assert.deepEqual(
      outcomes.map(({ first }) => first),
      [false, true, false],
    );
    for (const { first: _, ...outcome } of outcomes) assert.deepEqual(outcome, told);
  });

  for (const [what, emailHash, isHere] of [
    ['another e-mail', 'b', here],
    ['a browser that has left', 'a', gone],
  ] as const) {
    it(`is not heard by ${what}`, async () => {
      const waiters = createWaiters();
      const waiting = waiters.wait({ emailHash, here: isHere });
      assert.equal(waiters.hears('a'), false);
      waiters.tell(told);
      assert.equal((await waiting).first, false);
    });
  }

  it('is heard by nobody where the row has no e-mail', () => {
    const waiters = createWaiters();
    void waiters.wait({ emailHash: 'a', here });
    assert.equal(waiters.hears(null), false);
  });

  it('passes over one that has left', async () => {
    const waiters = createWaiters();
    const left = waiters.wait({ emailHash: 'a', here: gone });
    const stayed = waiters.wait({ emailHash: 'a', here });
    assert.equal(waiters.hears('a'), true);
    waiters.tell(told);
    assert.deepEqual([(await left).first, (await stayed).first], [false, true]);
  });

  it('keeps 128 waiting, and sends more away', async () => {
    const waiters = createWaiters();
    const waiting = Array.from({ length: 128 }, () => waiters.wait({ emailHash: 'a', here }));
    assert.deepEqual(await waiters.wait({ emailHash: 'a', here }), { told: 'pending', first: false });
    waiters.tell(told);
    assert.equal(
      (await Promise.all(waiting)).filter((outcome) => outcome.told === 'organization').length,
      128,
    );
  });

  it('makes room where somebody has left', async () => {
    const waiters = createWaiters();
    const left = Array.from({ length: 128 }, () => waiters.wait({ emailHash: 'a', here: gone }));
    const stayed = waiters.wait({ emailHash: 'a', here });
    assert.deepEqual(new Set((await Promise.all(left)).map((outcome) => outcome.told)), new Set(['pending']));
    waiters.tell(told);
    assert.equal((await stayed).told, 'organization');
  });

  it('keeps what was told first, also for who comes later', async () => {
    const waiters = createWaiters();
    waiters.tell(told);
    waiters.tell({ told: 'pending' });
    assert.deepEqual(await waiters.wait({ emailHash: 'a', here }), { ...told, first: false });
  });
});
