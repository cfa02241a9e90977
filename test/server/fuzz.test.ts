/** 20,000 hostile requests from another seed each time; `FUZZ_SEED` says which. */
import assert from '../support/assert.ts';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { fuzzBrowserSide } from '../fuzz/browser-side.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

describe('fuzz', () => {
  it('answers 20,000 hostile requests as documented', async (t) => {
    t.diagnostic(`FUZZ_SEED=${seed}`);
    const plan = { requests: 16_000, raw: 4000, seed };
    const { sent, statuses, warm, end, leaks, code, defects } = await fuzzBrowserSide(plan);
    t.diagnostic(`${sent} sent, ${JSON.stringify(statuses)}, ${warm >> 20} to ${end >> 20} MiB`);
    assert.ok(sent >= 20_000);
    assert.deepEqual(leaks, []);
    assert.deepEqual(defects, []);
    assert.equal(code, 0);
    for (const status of [200, 201, 400, 401, 403, 404, 405, 413, 415, 422])
      assert.ok((statuses[status] ?? 0) > 0, `no request came as far as ${status}`);
    assert.ok(end < 2 * warm && end - warm < 100 << 20, `memory grew from ${warm} to ${end} bytes`);
  });
});
