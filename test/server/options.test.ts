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
    for (const baseUrl of [
      'https://gateway.example/kelviq',
      'http://localhost:8788/api/v1',
      'http://[::1]:1',
    ])
      assert.doesNotThrow(() => createOnboarding({ ...good, baseUrl }));
  });

  for (const [what, broken, says] of [
    ['an empty partner key', { partnerKey: '' }, /partnerKey is empty/],
    ['no partner key', { partnerKey: undefined }, /partnerKey is empty/],
    ['a partner key of another kind', { partnerKey: ['planted_value'] }, /partnerKey is a string/],
    ['a promise of a key', { partnerKey: async () => 'planted_value' }, /partnerKey is .* at once/],
    ['a session secret that is not set', { sessionSecrets: [undefined] }, /sessionSecrets .*set/],
    ['session secrets of another kind', { sessionSecrets: { planted_value: 1 } }, /sessionSecrets is a list/],
    ['a function that gives none', { sessionSecrets: () => undefined }, /sessionSecrets is a list/],
    ['open sign-up in words', { openSignup: 'false' }, /openSignup is true or false/],
    ['a store that is a number', { store: 7 }, /store is an address/],
    ['no origin', { allowedOrigins: [] }, /allowedOrigins is .*empty/],
    ['an origin that is no list', { allowedOrigins: 'https://app.example.com' }, /allowedOrigins is no list/],
    ['an origin with a path', { allowedOrigins: ['https://app.example.com/'] }, /exact origins/],
    ['an origin that is a star', { allowedOrigins: ['*'] }, /exact origins/],
    ['an origin with a star', { allowedOrigins: ['https://*.planted_value'] }, /exact origins/],
    ['an origin that ends a list', { allowedOrigins: ['https://planted_value;'] }, /exact origins/],
    ['an origin that is not set', { allowedOrigins: [undefined] }, /exact origins/],
    ['nobody who could sign up', { openSignup: false }, /nobody could sign up/],
    ['a short session secret', { sessionSecrets: ['planted_value'] }, /at least 32 bytes/],
    [
      'session secrets in one text',
      { sessionSecrets: 'planted_value'.repeat(4) },
      /sessionSecrets is a list/,
    ],
    ['a store of no known engine', { store: 'mysql://planted_value' }, /sqlite:/],
    ['no store', { store: undefined }, /store is an address/],
    ['a store that is none', { store: {} }, /store is an address/],
    ['nothing that delivers', { deliver: undefined }, /deliver is not a function/],
    ['an identity that asks nobody', { identify: 'planted_value' }, /identify is not a function/],
    ['another environment', { environment: 'planted_value' }, /environment is "sandbox" or "production"/],
    ['an address of another kind', { baseUrl: 'ftp://planted_value' }, /baseUrl/],
    ['an address that all may read', { baseUrl: 'http://planted_value.example' }, /baseUrl/],
    ['an address that looks like this machine', { baseUrl: 'http://127.0.0.1.planted_value/x' }, /baseUrl/],
    ['an address with a user', { baseUrl: 'http://localhost:1@planted_value/x' }, /baseUrl/],
    ['an address with a password alone', { baseUrl: 'https://:planted_value@api.example/x' }, /baseUrl/],
    ['an address with a query', { baseUrl: 'https://api.example/x?planted_value=1' }, /baseUrl/],
    ['an address with a fragment', { baseUrl: 'https://api.example/x#planted_value' }, /baseUrl/],
    ['an address with a slash at its end', { baseUrl: 'https://planted_value/' }, /baseUrl/],
    ['a limit as the server writes it', { rateLimit: '10/10m' }, /rateLimit is \{/],
    ['a limit of nothing', { rateLimitEmail: { attempts: 0, windowMs: 1000 } }, /rateLimitEmail is \{/],
    ['proof of work as the server writes it', { challenge: 'off' }, /challenge is "everybody"/],
    ['proof of no work', { challengeDifficulty: 0 }, /challengeDifficulty/],
    ['a limit in text', { rateLimit: { attempts: '10', windowMs: 1000 } }, /rateLimit is .*whole/],
    ['a path with a query', { store: 'sqlite:planted_value.db?mode=ro' }, /plain path/],
    ['no log, said with null', { log: null }, /log is not a function/],
    ['an address that is a text', { clientAddress: 'planted_value' }, /clientAddress is not a function/],
    ['a sender that sends nothing', { send: {} }, /send is not a function/],
    ['luck that is a number', { random: 0.5 }, /random is not a function/],
    ['a clock that stands', { clock: { now: 7 } }, /clock is \{ now, sleep \}/],
    ['a clock that is null', { clock: null }, /clock is \{ now, sleep \}/],
    ['hashing of one kind', { hashing: { sha256: () => undefined } }, /hashing is \{/],
    ['a wire that trips nobody', { tripwire: {} }, /tripwire is \{/],
  ] as const)
    it(`refuses ${what}, without its value`, () => {
      assert.throws(
        () => createOnboarding({ ...good, ...broken } as unknown as OnboardingOptions),
        (error: unknown) =>
          error instanceof TypeError && says.test(error.message) && !error.message.includes('planted_value'),
      );
    });
});
