import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { errorFrames } from '../../proxy/log.ts';

describe('errorFrames', () => {
  it('says where an error was thrown, and nothing that it quotes', () => {
    const quoting = (() => {
      try {
        return JSON.parse('{"serverKey": sk_live_quoted}') as Error;
      } catch (error) {
        return error as Error;
      }
    })();
    assert.match(quoting.message, /sk_live/);
    const frames = errorFrames(quoting);
    assert.match(frames, /^SyntaxError at .*boundary-log/);
    assert.doesNotMatch(frames, /sk_live|Unexpected/);
  });

  it('says nothing of a message that looks like frames', () => {
    const quoting = new Error('refused\n    at owner@example.com\n    at sk_live_quoted (a.ts:1:1)');
    assert.match(errorFrames(quoting), /^Error at .*boundary-log/);
    assert.doesNotMatch(errorFrames(quoting), /sk_live|owner@/);
    quoting.message = 'another one';
    assert.equal(errorFrames(quoting), 'Error');
    quoting.name = 'owner@example.com';
    assert.equal(errorFrames(quoting), 'Error');
  });

  it('names a code, and nothing else that stands in its place', () => {
    for (const code of ['SQLITE_FULL', 'ECONNREFUSED', '53100'])
      assert.match(errorFrames(Object.assign(new Error('x'), { code })), new RegExp(`^Error ${code} at `));
    for (const code of ['sk_live_quoted', 'owner@example.com', 'E', 'A B', 'A'.repeat(49), 7, undefined])
      assert.match(errorFrames(Object.assign(new Error('x'), { code })), /^Error at /);
  });

  it('says no more than the type of what is no error', () => {
    assert.equal(errorFrames('sk_live_thrown'), 'string');
  });
});
