import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { ENCODINGS, chooseEncoding, matchesEtag } from '../../proxy/node/negotiate.ts';

describe('chooseEncoding', () => {
  for (const [header, expected] of [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['x-gzip', 'gzip'],
    ['BR', 'br'],
    ['gzip;q=0.9, br;q=0.8', 'gzip'],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', 'br'],
    ['br; q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['gzip;q=0.001', 'gzip'],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['*;q=0', 'identity'],
    ['identity, gzip;q=0.5', 'identity'],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity', 'identity'],
    ['br;q=2', 'identity'],
    ['br;q=words', 'identity'],
    ['deflate', 'identity'],
    [',,;;', 'identity'],
  ] as const) {
    it(`answers ${JSON.stringify(header)} with ${expected}`, () =>
      assert.equal(chooseEncoding(header, ENCODINGS), expected));
  }

  it('chooses among what is at hand', () =>
    assert.equal(chooseEncoding('br, gzip', ['identity', 'gzip']), 'gzip'));
});

describe('matchesEtag', () => {
  for (const [header, expected] of [
    [undefined, false],
    ['', false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b",W/"a"', true],
    ['*', true],
    [' * ', true],
    ['"b"', false],
    ['a', false],
    ['"aa"', false],
  ] as const) {
    it(`is ${expected} of ${header ?? 'no header'}`, () =>
      assert.equal(matchesEtag(header, '"a"'), expected));
  }
});
