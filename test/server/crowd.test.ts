import assert from '../support/assert.ts';
import type { Context } from 'hono';
import { describe, it } from 'node:test';
import { createCrowd } from '../../proxy/crowd.ts';
import type { GateEnv } from '../../proxy/passage.ts';
import { Refusal } from '../../proxy/problem.ts';

const c = {} as Context<GateEnv>;

describe('a crowd', () => {
  for (const [ended, body] of [
    ['arrived', () => Promise.resolve('{}')],
    ['broken off', () => Promise.reject(new Refusal('malformed_request'))],
  ] as const)
    it(`takes no place of a body that has ${ended}`, async () => {
      const crowd = createCrowd(2);
      crowd.enter?.(c);
      await crowd.uploading(body()).catch(() => undefined);
      crowd.enter?.(c);
      assert.throws(() => crowd.enter?.(c), { code: 'overloaded' });
      await crowd.leave?.(c);
      crowd.enter?.(c);
    });

  it('takes the place of the body that has been on its way the longest', async () => {
    const crowd = createCrowd(2);
    const never = new Promise<string>(() => undefined);
    const ended: string[] = [];
    for (const name of ['first', 'second']) {
      crowd.enter?.(c);
      crowd.uploading(never).catch(({ code }: Refusal) => ended.push(`${name} ${code}`));
    }
    for (const expected of [['first overloaded'], ['first overloaded', 'second overloaded']]) {
      crowd.enter?.(c);
      await Promise.resolve();
      assert.deepEqual(ended, expected);
    }
    assert.throws(() => crowd.enter?.(c), { code: 'overloaded' });
  });
});
