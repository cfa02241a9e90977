import assert from '../support/assert.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeJwt, jwtVerify } from 'jose';
import { runCommand } from '../../proxy/node/run.ts';
import { CLI, TYPESCRIPT } from '../support/serve-process.ts';
import { runBin } from '../support/terminal.ts';

const { version, engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; engines: { node: string } };

describe('kelviq-onboarding', () => {
  it('lists its commands', async () => {
    const { code, out, err } = await runBin(['--help']);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    for (const name of ['serve', 'token', 'deliveries', 'doctor', 'reconcile', 'integrity', 'sandbox'])
      assert.match(out, new RegExp(`^  ${name} `, 'm'));
  });

  it('tells its version', async () => {
    assert.deepEqual(await runBin(['--version']), { code: 0, out: `${version}\n`, err: '' });
  });

  it('names a Node that is too old', async () => {
    const [, oldest = ''] = /^>=(.+)$/.exec(engines.node) ?? [];
    for (const [node, isTooOld] of [
      ['18.20.8', true],
      ['20.18.3', true],
      [`${oldest}.0`, false],
      ['21.0.0', false],
    ] as const) {
      let said = '';
      const terminal = {
        env: {},
        write: () => undefined,
        complain: (text: string) => void (said += text),
        onReload: () => undefined,
        ended: () => Promise.resolve(),
      };
      await runCommand(['integrity', '--nonsense'], terminal, node);
      assert.equal(said.startsWith(`This is Node ${node}. Install Node ${oldest} or newer.`), isTooOld);
    }
  });

  it('ends with 1 when its output cannot be written', { skip: !existsSync('/dev/full') }, async (t) => {
    const full = openSync('/dev/full', 'w');
    t.after(() => closeSync(full));
    const child = spawn(process.execPath, [...TYPESCRIPT, CLI, '--version'], {
      stdio: ['ignore', full, 'pipe'],
    });
    const exit = once(child, 'exit');
    assert.equal(String(await child.stderr?.toArray()), 'The output cannot be written (ENOSPC).\n');
    assert.deepEqual(await exit, [1, null]);
  });

  it('ends with 1 at a defect, without what its error quotes', async () => {
    const { code, err } = await runBin(['integrity'], {}, () => {
      throw Object.assign(new TypeError('planted_value'), { code: 'ERR_PLANTED', input: 'planted_value' });
    });
    assert.equal(code, 1);
    assert.match(err, /^A defect: TypeError ERR_PLANTED at /);
    assert.doesNotMatch(err, /planted_value/);
  });

  it('ends with 2 when nobody reads why', async () => {
    const child = spawn(process.execPath, [...TYPESCRIPT, CLI, 'unknown'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.destroy();
    assert.deepEqual(await once(child, 'exit'), [2, null]);
  });

  it('ends with what doctor found when nobody reads it', async () => {
    const child = spawn(process.execPath, [...TYPESCRIPT, CLI, 'doctor'], {
      env: { PATH: process.env['PATH'], PORT: 'x', DATABASE_URL: 'x' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.destroy();
    assert.deepEqual(await once(child, 'exit'), [1, null]);
  });

  for (const args of [[], ['unknown'], ['constructor'], ['--serve']]) {
    it(`ends with 2 on ${JSON.stringify(args)}`, async () => {
      const { code, out, err } = await runBin(args);
      assert.deepEqual({ code, out }, { code: 2, out: '' });
      assert.match(err, /Usage: kelviq-onboarding <command>/);
    });
  }

  for (const name of ['serve', 'token', 'deliveries', 'reconcile', 'doctor', 'integrity', 'sandbox']) {
    it(`explains ${name}`, async () => {
      const { code, out, err } = await runBin([name, '--help']);
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.match(out, new RegExp(`^Usage: kelviq-onboarding ${name}`));
    });

    it(`refuses an unknown option of ${name}`, async () => {
      const { code, out, err } = await runBin([name, '--nonsense=hunter2']);
      assert.deepEqual({ code, out }, { code: 2, out: '' });
      assert.match(err, /^There is no such option\.\n\nUsage: /);
      assert.doesNotMatch(err, /hunter2/);
    });

    it(`refuses a stray word after ${name}`, async () => {
      const { code, err } = await runBin([name, 'hunter2']);
      assert.equal(code, 2);
      assert.doesNotMatch(err, /hunter2/);
    });
  }
});

describe('kelviq-onboarding token', () => {
  const secret = 's'.repeat(32);
  const env = { SESSION_SECRET: `${secret} ${'t'.repeat(32)}` };

  it('prints a token signed with the first secret', async () => {
    const { code, out, err } = await runBin(['token', '--external-id', 'customer-1'], env);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    const { payload } = await jwtVerify(out.trim(), new TextEncoder().encode(secret), {
      audience: 'kelviq-onboarding',
    });
    assert.equal(payload.sub, 'customer-1');
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 1800);
  });

  it('states what its options say', async () => {
    const args = [
      '--external-id=c',
      '--email=a@b.example',
      '--business-name',
      'A & B',
      '--origin=https://a.example',
      '--expires-in=60',
    ];
    const { out } = await runBin(['token', ...args], env);
    const { iat = 0, exp, ...claims } = decodeJwt(out.trim());
    assert.equal(exp, iat + 60);
    assert.deepEqual(claims, {
      aud: 'kelviq-onboarding',
      sub: 'c',
      email: 'a@b.example',
      business_name: 'A & B',
      origin: 'https://a.example',
    });
  });

  for (const [name, args, environment, code, message] of [
    ['without an id', [], env, 2, /--external-id is missing/],
    ['with an id of the proxy', ['--external-id=ks_1'], env, 2, /^externalId is /],
    ['with a life of words', ['--external-id=c', '--expires-in=soon'], env, 2, /^expiresInS is /],
    ['with an option cut short', ['--external-id'], env, 2, /^--external-id has no value/],
    ['without a secret', ['--external-id=c'], {}, 1, /^SESSION_SECRET is not set/],
    [
      'with a short secret',
      ['--external-id=c'],
      { SESSION_SECRET: 'hunter2' },
      1,
      /^SESSION_SECRET must be at least 32 bytes/,
    ],
  ] as const) {
    it(`ends with ${code} ${name}`, async () => {
      const run = await runBin(['token', ...args], environment);
      assert.equal(run.code, code);
      assert.equal(run.out, '');
      assert.match(run.err, message);
      assert.doesNotMatch(run.err, /hunter2|ssss/);
    });
  }
});

describe('kelviq-onboarding sandbox', () => {
  it('runs until it is asked to end', async () => {
    const { code, out } = await runBin(['sandbox'], { PORT: '0' }, (_written, end) => end());
    assert.equal(code, 0);
    assert.match(out, /KELVIQ_PARTNER_KEY=kvqp_/);
  });

  it('ends with 1 where PORT is not a port', async () => {
    const { code, err } = await runBin(['sandbox'], { PORT: 'x' });
    assert.equal(code, 1);
    assert.match(err, /^PORT must be /);
  });
});
