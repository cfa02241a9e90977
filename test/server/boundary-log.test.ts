import assert from 'node:assert/strict';
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

  it('says no more than the type of what is no error', () => {
    assert.equal(errorFrames('sk_live_thrown'), 'string');
  });
});
