import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { createPatience } from '../../proxy/patience.ts';
import { FakeClock } from '../support/fake-clock.ts';

const never = () => new Promise<string>(() => undefined);

describe('createPatience', () => {
  it('gives what comes in time', async () => {
    const clock = new FakeClock();
    const patience = createPatience(clock, 8000);
    assert.equal(await patience(Promise.resolve('here')), 'here');
  });

  it('gives up each after its own time, with one timer', async () => {
    const clock = new FakeClock();
    const patience = createPatience(clock, 8000);
    const ended: number[] = [];
    const begun = clock.now();
    for (let turn = 0; turn < 5; turn++) {
      void patience(never()).then(() => ended.push(clock.now() - begun));
      await clock.advance(1000);
    }
    assert.deepEqual([ended, clock.waiting], [[], 1]);
    await clock.advance(20_000);
    assert.deepEqual([ended, clock.waiting], [[8000, 9000, 10_000, 11_000, 12_000], 0]);
  });

  it('leaves the others in line when an outcome comes too late', async () => {
    const clock = new FakeClock();
    const patience = createPatience(clock, 8000);
    const ended: (string | null)[] = [];
    const late = clock.sleep(10_000).then(() => 'late');
    void patience(late).then((outcome) => ended.push(outcome));
    await clock.advance(4000);
    void patience(never()).then((outcome) => ended.push(outcome));
    await clock.advance(8000);
    assert.deepEqual(ended, [null, null]);
  });

  it('waits no longer when the clock is set back', async () => {
    let [now, wake] = [3_600_000, () => {}];
    const sleep = () => new Promise<void>((resolve) => void (wake = resolve));
    const patience = createPatience({ now: () => now, sleep }, 8000);
    const early = patience(never());
    now = 0;
    const late = patience(never());
    now = 8000;
    wake();
    assert.deepEqual([await early, await late], [null, null]);
  });
});
