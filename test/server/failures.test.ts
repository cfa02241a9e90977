import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { createFailures } from '../../proxy/failures.ts';

function world() {
  let now = 1_000_000;
  const failures = createFailures<string>({ now: () => now, sleep: async () => undefined });
  return { failures, advance: (ms: number) => void (now += ms) };
}

describe('a failure of a moment ago', () => {
  it('stands in nobody’s way the first time', () => {
    const { failures } = world();
    failures.ended('c1', 'broken');
    assert.equal(failures.standing('c1'), null);
  });

  it('is the answer for two seconds once it was repeated, for its customer alone', () => {
    const { failures, advance } = world();
    for (let turn = 0; turn < 2; turn++) failures.ended('c1', 'broken');
    assert.deepEqual([failures.standing('c1'), failures.standing('c2')], ['broken', null]);
    advance(1999);
    assert.equal(failures.standing('c1'), 'broken');
    advance(1);
    assert.equal(failures.standing('c1'), null);
  });

  it('is forgotten after a success', () => {
    const { failures } = world();
    for (const failure of ['broken', 'broken', null, 'broken']) failures.ended('c1', failure);
    assert.equal(failures.standing('c1'), null);
  });

  it('does not stand for as long as a clock was set back', () => {
    const { failures, advance } = world();
    for (let turn = 0; turn < 2; turn++) failures.ended('c1', 'broken');
    advance(-3_600_000);
    assert.equal(failures.standing('c1'), null);
  });

  it('makes room for 10,000 customers, the latest', () => {
    const { failures } = world();
    for (let number = 0; number < 10_001; number++)
      for (let turn = 0; turn < 2; turn++) failures.ended(`c${number}`, 'broken');
    assert.deepEqual([failures.standing('c0'), failures.standing('c1')], [null, 'broken']);
  });
});
