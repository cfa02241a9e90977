import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { DELIVERY_DELAYS_MS, deliveryDelayMs, readDelayMs } from '../../proxy/schedule.ts';

describe('deliveryDelayMs', () => {
  it('spreads ten tries over three days and a bit', () => {
    const sum = DELIVERY_DELAYS_MS.reduce((total, delay) => total + delay, 0);
    assert.equal(DELIVERY_DELAYS_MS.length, 9);
    assert.equal(sum, 5000 + 35 * 60_000 + 75 * 3_600_000);
  });

  it('is longer by jitter of up to a tenth, never shorter', () => {
    for (const [index, delay] of DELIVERY_DELAYS_MS.entries()) {
      assert.equal(deliveryDelayMs(index + 1, 0), delay);
      assert.equal(deliveryDelayMs(index + 1, 1), (delay * 11) / 10);
    }
  });

  it('ends after the tenth try', () => {
    assert.equal(deliveryDelayMs(9, 0), 24 * 3_600_000);
    assert.equal(deliveryDelayMs(10, 0), null);
    assert.equal(deliveryDelayMs(11, 0), null);
  });
});

describe('readDelayMs', () => {
  it('never falls and stays at 15 minutes', () => {
    const delays = Array.from({ length: 40 }, (_, index) => readDelayMs(index + 1));
    assert.deepEqual(
      delays,
      delays.toSorted((a, b) => a - b),
    );
    assert.equal(delays[0], 1000);
    assert.equal(delays.at(-1), 15 * 60_000);
  });
});
