import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { retryAfterMs } from '../../proxy/delivery.ts';

const now = Date.parse('2026-11-24T09:00:00Z');
const dayMs = 86_400_000;

describe('retryAfterMs', () => {
  for (const [header, expected] of [
    ['0', 0],
    ['5', 5000],
    [' 5 ', 5000],
    ['86400', dayMs],
    ['1000000000', dayMs],
    ['9'.repeat(400), dayMs],
    ['Tue, 24 Nov 2026 09:02:00 GMT', 120_000],
    ['Tuesday, 24-Nov-26 09:02:00 GMT', 120_000],
    ['Tue Nov 24 09:02:00 2026', 120_000],
    ['Tue, 24 Nov 2020 09:02:00 GMT', 0],
    ['Tue, 24 Nov 2099 09:02:00 GMT', dayMs],
    ['Tue, 99 Nov 2026 09:02:00 GMT', null],
    ['2026-11-24T09:02:00Z', null],
    ['1e9', null],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    [null, null],
    [undefined, null],
  ] as const) {
    it(`reads ${JSON.stringify(header)?.slice(0, 40)} as ${expected}`, () => {
      assert.equal(retryAfterMs(header, now), expected);
    });
  }
});
