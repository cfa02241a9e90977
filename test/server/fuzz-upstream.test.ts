/** 5,000 hostile answers of Kelviq; `FUZZ_SEED` replays. */
import assert from '../support/assert.ts';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { fuzzUpstreamSide } from '../fuzz/upstream-side.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

describe('fuzz, upstream', () => {
  it('makes the right sense of 5,000 hostile answers', async (t) => {
    t.diagnostic(`FUZZ_SEED=${seed}`);
    const seen = await fuzzUpstreamSide(5000, seed);
    t.diagnostic(JSON.stringify(seen));
    for (const kind of ['created', 'found', 'echo_failed', 'unknown', 'refused', 'unread', 'absent'])
      assert.ok((seen[kind] ?? 0) > 0, `none was ${kind}`);
  });
});
