import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { createSlots } from '../../proxy/slots.ts';

/** Lets every promise that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('createSlots', () => {
  it('runs as many as there are places, in order', async () => {
    const slots = createSlots(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const runs = [0, 1, 2, 3].map((name) =>
      slots.run(async () => {
        begun.push(name);
        await new Promise<void>((resolve) => (ends[name] = resolve));
        return name;
      }),
    );
    await settle();
    assert.deepEqual(begun, [0, 1]);
    ends[1]?.();
    await settle();
    assert.deepEqual(begun, [0, 1, 2]);
    ends[0]?.();
    ends[2]?.();
    await settle();
    ends[3]?.();
    assert.deepEqual(await Promise.all(runs), [0, 1, 2, 3]);
  });

  it('may let go first who came last', async () => {
    const slots = createSlots(1, 'last');
    const begun: string[] = [];
    await Promise.all(Array.from('abcd', (name) => slots.run(async () => void begun.push(name))));
    assert.equal(begun.join(''), 'adcb');
  });

  it('frees the place of what failed', async () => {
    const slots = createSlots(1);
    const failing = slots.run(() => Promise.reject(new Error('lost')));
    const following = slots.run(async () => 'done');
    await assert.rejects(failing, /lost/);
    assert.equal(await following, 'done');
    assert.equal(await slots.run(async () => 'again'), 'again');
  });

  it('lets nobody slip in before the line', async () => {
    const slots = createSlots(1);
    const begun: string[] = [];
    const note = (name: string) => slots.run(async () => void begun.push(name));
    const first = note('first');
    const second = note('second');
    await first;
    await Promise.all([second, note('late')]);
    assert.deepEqual(begun, ['first', 'second', 'late']);
  });
});
