import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { stopWithin } from '../../proxy/node/stop.ts';

const never = () => new Promise<never>(() => undefined);

const aborted = async (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));

describe('stopWithin', () => {
  it('runs the steps in order', async () => {
    const order: string[] = [];
    const step = (name: string) => async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
    };
    assert.equal(await stopWithin(10_000, [step('a'), step('b')]), true);
    assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('leaves a step behind when time is up', async () => {
    let last: AbortSignal | undefined;
    const finished = await stopWithin(10, [never, async (signal) => void (last = signal)]);
    assert.equal(finished, false);
    assert.equal(last?.aborted, true);
  });

  it('tells a step that time is up', async () => {
    assert.equal(await stopWithin(10, [aborted]), false);
  });

  it('goes on after a step that rejects', async () => {
    let reached = false;
    const finished = await stopWithin(10_000, [
      () => Promise.reject(new Error('no')),
      async () => void (reached = true),
    ]);
    assert.deepEqual({ finished, reached }, { finished: false, reached: true });
  });
});
