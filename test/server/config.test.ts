import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { watchSettings, type Environ, type Settings } from '../../proxy/node/config.ts';
import { Secret } from '../../proxy/secret.ts';
import { createTripwire } from '../../proxy/tripwire.ts';
import { mistakesOf, onlyMistakeOf, settingsOf } from '../support/environment.ts';
import { newerWebhookSecret, webhookSecret } from '../support/delivery-event.ts';

const sessionSecret = 'q'.repeat(32);

describe('readSettings', () => {
  it('completes the least that has to be said', () => {
    const { partnerKey, webhook, databaseUrl, ...rest } = settingsOf({});
    assert.equal(databaseUrl.reveal(), 'sqlite:./data/kelviq-onboarding.db');
    assert.equal(partnerKey.reveal(), 'kvqp_test_1');
    assert.deepEqual(
      webhook.secrets.map((secret) => secret.reveal()),
      [webhookSecret],
    );
    assert.deepEqual(
      { url: webhook.url, allowInternal: webhook.allowInternal },
      { url: 'https://api.example.com/hooks', allowInternal: false },
    );
    assert.deepEqual(rest, {
      environment: 'sandbox',
      baseUrl: 'https://sandboxapi.kelviq.com/api/v1',
      host: '0.0.0.0',
      port: 8787,
      allowedOrigins: ['https://app.example.com'],
      sessionSecrets: [],
      openSignup: true,
      challenge: 'open',
      challengeDifficulty: 100,
      rateLimit: { attempts: 10, windowMs: 600_000 },
      rateLimitEmail: { attempts: 5, windowMs: 3_600_000 },
      trustedProxies: 0,
      metricsPort: null,
      logLevel: 'info',
    });
  });

  const good: [string, Environ, Partial<Settings>][] = [
    [
      'production',
      { KELVIQ_ENV: 'production', OPEN_SIGNUP: 'true' },
      { environment: 'production', baseUrl: 'https://api.kelviq.com/api/v1' },
    ],
    [
      'a base URL with slashes at its end',
      { KELVIQ_BASE_URL: 'https://gateway.example/v1//' },
      { baseUrl: 'https://gateway.example/v1' },
    ],
    [
      'a base URL on loopback',
      { KELVIQ_BASE_URL: 'http://127.0.0.1:8788/api/v1' },
      { baseUrl: 'http://127.0.0.1:8788/api/v1' },
    ],
    ['an address in brackets', { HOST: '[::1]', PORT: '0' }, { host: '::1', port: 0 }],
    [
      'several origins',
      { ALLOWED_ORIGINS: ' https://a.example, http://localhost:3000,\n' },
      { allowedOrigins: ['https://a.example', 'http://localhost:3000'] },
    ],
    [
      'a session secret in sandbox',
      { SESSION_SECRET: sessionSecret },
      { openSignup: false, challenge: 'open' },
    ],
    [
      'a session secret in production',
      { SESSION_SECRET: sessionSecret, KELVIQ_ENV: 'production' },
      { openSignup: false },
    ],
    [
      'both ways in',
      { SESSION_SECRET: sessionSecret, OPEN_SIGNUP: 'true' },
      { openSignup: true, challenge: 'open' },
    ],
    [
      'no proof of work',
      { CHALLENGE: 'off', CHALLENGE_DIFFICULTY: '5' },
      { challenge: 'nobody', challengeDifficulty: 5 },
    ],
    [
      'proof of work for everybody',
      { CHALLENGE: 'on', SESSION_SECRET: sessionSecret },
      { openSignup: false, challenge: 'everybody' },
    ],
    [
      'rate limits',
      { RATE_LIMIT: '30/90s', RATE_LIMIT_EMAIL: '2/1h' },
      { rateLimit: { attempts: 30, windowMs: 90_000 }, rateLimitEmail: { attempts: 2, windowMs: 3_600_000 } },
    ],
    [
      'no limit for e-mails',
      { RATE_LIMIT_EMAIL: 'off' },
      { rateLimitEmail: null, rateLimit: { attempts: 10, windowMs: 600_000 } },
    ],
    [
      'no limits at all',
      { RATE_LIMIT: 'off', RATE_LIMIT_EMAIL: '2/1h' },
      { rateLimit: null, rateLimitEmail: null },
    ],
    ['metrics', { METRICS_PORT: '9100' }, { metricsPort: 9100 }],
    ['metrics off', { METRICS_PORT: 'off' }, { metricsPort: null }],
    [
      'a path of its own',
      { DATABASE_URL: 'sqlite:/var/lib/x.db', TRUSTED_PROXIES: '2', LOG_LEVEL: 'silent' },
      { databaseUrl: new Secret('sqlite:/var/lib/x.db'), trustedProxies: 2, logLevel: 'silent' },
    ],
    ['empty variables as not set', { PORT: '', SESSION_SECRET: ' ' }, { port: 8787, sessionSecrets: [] }],
  ];
  for (const [name, change, expected] of good) {
    it(`reads ${name}`, () => {
      const settings = settingsOf(change);
      for (const [key, value] of Object.entries(expected))
        assert.deepEqual(settings[key as keyof Settings], value);
    });
  }

  it('keeps every secret in a Secret', () => {
    const newer = 'r'.repeat(32);
    const settings = settingsOf({
      WEBHOOK_SECRET: `${webhookSecret} ${newerWebhookSecret}`,
      SESSION_SECRET: `${sessionSecret}  ${newer}`,
      DATABASE_URL: 'postgres://kelviq:ssss@db.example/onboarding',
    });
    assert.equal(settings.databaseUrl.reveal(), 'postgres://kelviq:ssss@db.example/onboarding');
    assert.deepEqual(
      settings.webhook.secrets.map((secret) => secret.reveal()),
      [webhookSecret, newerWebhookSecret],
    );
    assert.deepEqual(
      settings.sessionSecrets.map((secret) => secret.reveal()),
      [sessionSecret, newer],
    );
    assert.doesNotMatch(
      `${inspect(settings, { depth: 9 })}${JSON.stringify(settings)}`,
      /kvqp_|whsec_|qqqq|rrrr|ssss/,
    );
  });

  const urls: [string, Environ, boolean][] = [
    ['http to a public host', { WEBHOOK_URL: 'http://api.example.com/' }, false],
    [
      'http to a public host inside',
      { WEBHOOK_URL: 'http://api.example.com/', WEBHOOK_ALLOW_INTERNAL: 'true' },
      true,
    ],
    ['http to localhost', { WEBHOOK_URL: 'http://localhost:3000/' }, true],
    ['http to 127.0.0.1', { WEBHOOK_URL: 'http://127.0.0.1:3000/' }, true],
    ['http to [::1]', { WEBHOOK_URL: 'http://[::1]:3000/' }, true],
    ['a private address', { WEBHOOK_URL: 'https://10.0.0.5/' }, false],
    ['a private address inside', { WEBHOOK_URL: 'https://10.0.0.5/', WEBHOOK_ALLOW_INTERNAL: 'true' }, true],
    ['a private address in disguise', { WEBHOOK_URL: 'https://[::ffff:169.254.169.254]/' }, false],
    ['a user name', { WEBHOOK_URL: 'https://user@api.example.com/' }, false],
    ['a fragment', { WEBHOOK_URL: 'https://api.example.com/#x' }, false],
    ['another scheme', { WEBHOOK_URL: 'ftp://api.example.com/' }, false],
  ];
  for (const [name, change, allowed] of urls) {
    it(`${allowed ? 'takes' : 'refuses'} a webhook URL with ${name}`, () => {
      if (allowed) assert.equal(settingsOf(change).webhook.url, change['WEBHOOK_URL']);
      else assert.match(onlyMistakeOf(change), /^WEBHOOK_URL /);
    });
  }

  const broken: [string, Environ][] = [
    ['KELVIQ_PARTNER_KEY', { KELVIQ_PARTNER_KEY: 'sk_hunter2' }],
    ['KELVIQ_PARTNER_KEY', { KELVIQ_PARTNER_KEY: 'kvqp_hunter2 x' }],
    ['KELVIQ_ENV', { KELVIQ_ENV: 'hunter2' }],
    ['KELVIQ_BASE_URL', { KELVIQ_BASE_URL: 'http://hunter2.example/' }],
    ['KELVIQ_BASE_URL', { KELVIQ_BASE_URL: 'https://hunter2:x@gateway.example/' }],
    ['KELVIQ_BASE_URL', { KELVIQ_BASE_URL: 'https://api.kelviq.com/api/v2' }],
    ['HOST', { HOST: 'hunter2 x' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '0x10' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: '*' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://*.example.com' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'hunter2' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://u:hunter2@app.example.com' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: ' , ' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://a.example; https://b.example' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://a.example;https://b.example' }],
    ['WEBHOOK_SECRET', { WEBHOOK_SECRET: 'hunter2' }],
    ['WEBHOOK_SECRET', { WEBHOOK_SECRET: `${webhookSecret} whsec_c2hvcnQ=` }],
    ['WEBHOOK_ALLOW_INTERNAL', { WEBHOOK_ALLOW_INTERNAL: 'yes' }],
    ['SESSION_SECRET', { SESSION_SECRET: 'hunter2' }],
    ['SESSION_SECRET', { SESSION_SECRET: `${sessionSecret} hunter2` }],
    ['OPEN_SIGNUP', { OPEN_SIGNUP: '1' }],
    ['OPEN_SIGNUP', { OPEN_SIGNUP: 'false' }],
    ['OPEN_SIGNUP', { KELVIQ_ENV: 'production' }],
    ['CHALLENGE', { CHALLENGE: 'true' }],
    ['CHALLENGE_DIFFICULTY', { CHALLENGE_DIFFICULTY: '0' }],
    ['RATE_LIMIT', { RATE_LIMIT: '10' }],
    ['RATE_LIMIT', { RATE_LIMIT: '0/10m' }],
    ['RATE_LIMIT', { RATE_LIMIT: '10/10d' }],
    ['RATE_LIMIT_EMAIL', { RATE_LIMIT_EMAIL: '5/0h' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '-1' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hunter2@db' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://:hunter2@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hunter2@a,b/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:#hunter2@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:%hunter2@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u@db/x?sslmode=hunter2' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u@db/x?hunter2=1' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u@db/x?schema=Hunter2' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres:hunter2' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite::memory:' }],
    ['DATABASE_URL', { DATABASE_URL: '/hunter2.db' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:hunter2.db?mode=ro' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:file:hunter2.db' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite://hunter2.db' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:~/hunter2.db' }],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite: ./hunter2.db' }],
    ['METRICS_PORT', { METRICS_PORT: 'on' }],
    ['METRICS_PORT', { METRICS_PORT: '8787' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'hunter2' }],
  ];
  for (const [name, change] of broken) {
    it(`refuses ${JSON.stringify(change).slice(1, -1).slice(0, 45)}`, () => {
      const mistake = onlyMistakeOf(change);
      assert.ok(mistake.startsWith(`${name} `), mistake);
      assert.doesNotMatch(mistake, /hunter2|c2hvcnQ|qqqq|whsec_[A-Za-z0-9+/]{4}/);
      assert.match(mistake, /\.$|[\w"]$/);
    });
  }

  for (const [written, corrected] of [
    ['https://app.example.com/', 'https://app.example.com'],
    ['https://app.example.com/path', 'https://app.example.com'],
    ['https://App.Example.com', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['https://müller.example', 'https://xn--mller-kva.example'],
  ] as const) {
    it(`corrects the origin ${written}`, () => {
      const mistake = onlyMistakeOf({ ALLOWED_ORIGINS: `https://fine.example,${written}` });
      assert.ok(mistake.endsWith(`entry 2 must be written as browsers send it: ${corrected}.`), mistake);
    });
  }

  it('says how to make a webhook secret, also for one that is none', () => {
    for (const secret of ['', 'whsec_', 'hunter2'])
      assert.match(
        onlyMistakeOf({ WEBHOOK_SECRET: secret }),
        /Make one: echo "whsec_\$\(openssl rand -base64 32\)"$/,
      );
  });

  it('reports all mistakes together', () => {
    const env = { PORT: 'x', KELVIQ_ENV: 'live', RATE_LIMIT: 'some' };
    const names = mistakesOf(env).map((mistake) => mistake.split(' ')[0]);
    assert.deepEqual(names, [
      'KELVIQ_PARTNER_KEY',
      'KELVIQ_ENV',
      'PORT',
      'ALLOWED_ORIGINS',
      'WEBHOOK_URL',
      'WEBHOOK_SECRET',
      'RATE_LIMIT',
    ]);
  });

  it('says what to do where something is missing', () => {
    for (const mistake of mistakesOf({})) assert.match(mistake, /^\w+ is missing\. [A-Z]/);
  });
});

/** Whether the tripwire finds `text` in an answer, and where it repeats what somebody asked. */
function finds(database: string, text: string): boolean[] {
  const tripwire = createTripwire();
  watchSettings(settingsOf({ DATABASE_URL: database }), tripwire);
  return [tripwire.holds(text), tripwire.holds('', text)];
}

describe('watchSettings', () => {
  for (const password of ['hunter2hunter2', 'hunter2:hunter2', ':hunter2', 'hunter@2:hunter2'])
    it(`has it look for the password ${password} of a database, where nobody can guess it`, () => {
      const database = `postgres://me:${password}@db.example/rows`;
      assert.deepEqual(finds(database, `:${password}@`), [true, false]);
    });

  for (const address of ['postgres://me@db.example:5432/rows', 'postgres://me@[::1]:5432/rows?host=a@b'])
    it(`finds no password in ${address}`, () => {
      assert.deepEqual(finds(address, address), [false, false]);
    });

  it('has it look for keys everywhere', () => {
    assert.deepEqual(finds('sqlite:rows.db', webhookSecret), [true, true]);
  });
});
