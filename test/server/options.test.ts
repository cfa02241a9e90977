import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { createOnboarding } from '../../proxy/onboarding.ts';
import type { OnboardingOptions } from '../../proxy/options.ts';
import { sqliteStore } from '../../proxy/store.sqlite.ts';

const good: OnboardingOptions = {
  partnerKey: 'kvqp_planted_value',
  allowedOrigins: ['https://app.example.com'],
  store: sqliteStore(':memory:'),
  deliver: async () => undefined,
  openSignup: true,
};

describe('createOnboarding options', () => {
  it('takes the least that works', () => {
    assert.doesNotThrow(() => createOnboarding(good));
  });

  for (const [what, broken, says] of [
    ['an empty partner key', { partnerKey: '' }, /partnerKey is empty/],
    ['no origin', { allowedOrigins: [] }, /allowedOrigins is empty/],
    ['an origin with a path', { allowedOrigins: ['https://app.example.com/'] }, /exact origins/],
    ['an origin that is a star', { allowedOrigins: ['*'] }, /exact origins/],
    ['nobody who could sign up', { openSignup: false }, /nobody could sign up/],
    ['a short session secret', { sessionSecrets: ['planted_value'] }, /at least 32 bytes/],
    ['a store of no known engine', { store: 'mysql://planted_value' }, /sqlite:/],
  ] as const)
    it(`refuses ${what}, without its value`, () => {
      assert.throws(
        () => createOnboarding({ ...good, ...broken }),
        (error: unknown) =>
          error instanceof TypeError && says.test(error.message) && !error.message.includes('planted_value'),
      );
    });
});
