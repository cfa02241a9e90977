import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { checkSettings } from '../../proxy/node/commands/doctor/settings.ts';
import type { Environ } from '../../proxy/node/config.ts';
import { newerWebhookSecret, webhookSecret } from '../support/delivery-event.ts';
import { listening } from '../support/doctor.ts';
import { leastEnvironment } from '../support/environment.ts';

function told(change: Environ) {
  const { tell, of } = listening();
  checkSettings({ ...leastEnvironment, ...change }, tell);
  return { fail: of('fail'), warn: of('warn'), ok: of('ok').map(({ what }) => what) };
}

const live = { KELVIQ_ENV: 'production', KELVIQ_PARTNER_KEY: 'kvqp_1a2b', SESSION_SECRET: 's'.repeat(32) };

describe('doctor, the settings', () => {
  it('says what stands', () => {
    const { ok, warn, fail } = told({
      SESSION_SECRET: `${'s'.repeat(32)} ${'t'.repeat(32)}`,
      OPEN_SIGNUP: 'true',
      WEBHOOK_SECRET: `${webhookSecret} ${newerWebhookSecret}`,
      DATABASE_URL: 'sqlite:./data/rows.db',
    });
    assert.deepEqual([warn, fail], [[], []]);
    assert.deepEqual(ok, [
      'KELVIQ_ENV is sandbox, and Kelviq is at sandboxapi.kelviq.com',
      'the widget may be on https://app.example.com',
      'customers are known by session tokens, checked with 2 secrets',
      'anybody may sign up (OPEN_SIGNUP)',
      'deliveries go to https://api.example.com, signed with 2 secrets',
      'rows are kept in ./data/rows.db',
    ]);
  });

  it('names every mistake once, and what to do', () => {
    const { tell, of } = listening();
    checkSettings({ KELVIQ_ENV: 'hunter2', PORT: 'hunter2', WEBHOOK_URL: 'hunter2' }, tell);
    assert.deepEqual(
      of('fail').map(({ what }) => what.split(' ')[0]),
      ['KELVIQ_PARTNER_KEY', 'KELVIQ_ENV', 'PORT', 'ALLOWED_ORIGINS', 'WEBHOOK_URL', 'WEBHOOK_SECRET'],
    );
    assert.deepEqual(of('fail')[0], {
      status: 'fail',
      what: 'KELVIQ_PARTNER_KEY is missing',
      fix: 'Copy your partner key, kvqp_…, from Kelviq',
    });
    assert.doesNotMatch(JSON.stringify([of('fail'), of('ok')]), /hunter2/);
  });

  it('finds nothing odd about a good production', () => {
    assert.deepEqual(told(live).warn, []);
  });

  it('reads what other programs call theirs without a word', () => {
    const others = { SESSION_MANAGER: 'x', DATABASE_PASSWORD: 'x', HOSTNAME: 'x', LOG_DIR: 'x' };
    assert.deepEqual(told({ ...others, RATE_LIMIT: '', WEBHOOK_SECRET_FILE: '' }).warn, []);
  });

  const odd: [string, Environ, RegExp][] = [
    ['a setting by a wrong name', { KELVIQ_ENVIRONMENT: 'production' }, /^KELVIQ_ENVIRONMENT is no setting/],
    ['a file by a wrong name', { WEBHOOK_SECRETS_FILE: '/x' }, /^WEBHOOK_SECRETS_FILE is no setting/],
    [
      'a page on this machine in production',
      { ...live, ALLOWED_ORIGINS: 'http://localhost:3000' },
      /localhost:3000 in production/,
    ],
    ['a page that is not secure', { ALLOWED_ORIGINS: 'http://app.example.com' }, /is not secure/],
    [
      'a sandbox key in production',
      { ...live, KELVIQ_PARTNER_KEY: 'kvqp_sandbox_1' },
      /looks like one for sandbox/,
    ],
    ['a live key in the sandbox', { KELVIQ_PARTNER_KEY: 'kvqp_live_1' }, /looks like one for production/],
    [
      'another Kelviq in production',
      { ...live, KELVIQ_BASE_URL: 'https://gate.example/api/v1' },
      /gate\.example is not Kelviq/,
    ],
    ['signups without a limit', { OPEN_SIGNUP: 'true', RATE_LIMIT: 'off' }, /as often as they like/],
    ['a limit that all share', { ...live, OPEN_SIGNUP: 'true' }, /TRUSTED_PROXIES is 0/],
    [
      'a secret that some libraries refuse',
      { WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64').replace('=', '')}` },
      /Python and Go refuse it/,
    ],
    [
      'keys that cross a network in the open',
      { WEBHOOK_URL: 'http://backend.internal/hooks', WEBHOOK_ALLOW_INTERNAL: 'true' },
      /serverKeys cross the network unprotected/,
    ],
  ];
  for (const [name, change, expected] of odd)
    it(`warns of ${name}`, () => {
      const { warn, fail } = told(change);
      assert.deepEqual([warn.length, fail], [1, []]);
      assert.match(warn[0]?.what ?? '', expected);
      assert.notEqual(warn[0]?.fix, '');
    });

  for (const [environment, url] of [
    ['production', 'https://sandboxapi.kelviq.com/api/v1'],
    ['sandbox', 'https://api.kelviq.com/api/v1'],
  ] as const)
    it(`fails on ${environment} at the other Kelviq`, () => {
      const change = { ...(environment === 'production' && live), KELVIQ_BASE_URL: url };
      assert.match(told(change).fail[0]?.what ?? '', /^KELVIQ_BASE_URL is Kelviq's \w+, but KELVIQ_ENV is /);
    });

  it('fails on deliveries to the proxy itself', () => {
    const { fail } = told({ WEBHOOK_URL: 'http://localhost:8787/hooks' });
    assert.match(fail[0]?.what ?? '', /this proxy itself/);
    assert.deepEqual(told({ WEBHOOK_URL: 'http://localhost:8788/hooks' }).fail, []);
  });

  for (const [address, where] of [
    ['postgres://me:hunter2@db.example:5433/rows', 'db.example, port 5433, database rows'],
    ['postgres://me:hunter2@[::1]/rows', '::1, port 5432, database rows'],
    ['postgres://me:hunter2@/rows?host=/var/run', '/var/run, port 5432, database rows'],
  ])
    it(`says where PostgreSQL is, and not who enters: ${where}`, () => {
      const { ok } = told({ DATABASE_URL: address });
      assert.equal(ok.at(-1), `rows are kept in PostgreSQL at ${where}`);
      assert.doesNotMatch(ok.join(), /hunter2|me:/);
    });
});
