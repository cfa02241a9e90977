import assert from '../support/assert.ts';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { runSandbox } from '../../demo/sandbox/command.ts';
import { SCENARIOS } from '../../demo/sandbox/scenarios.ts';
import { ORGANIZATIONS, ask, post, read, start, untilTestEnds, type Answer } from '../support/sandbox.ts';

describe('POST /partner/organizations/', () => {
  it('creates an organization with test keys', async () => {
    const sandbox = await start();
    const { status, body } = await post(sandbox, {
      externalId: 'acme',
      email: 'owner@acme.example',
      businessName: 'Café Ünïque & Co',
    });
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body), [
      'userId',
      'organizationIdentifier',
      'organizationSlug',
      'clientKey',
      'serverKey',
      'partnerExternalId',
    ]);
    assert.match(String(body['organizationIdentifier']), /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
    assert.match(String(body['clientKey']), /^ck_test_\w+$/);
    assert.match(String(body['serverKey']), /^sk_test_\w+$/);
    assert.equal(body['organizationSlug'], 'cafe-unique-co');
    assert.equal(body['partnerExternalId'], 'acme');
  });

  it('issues live keys in production', async () => {
    const sandbox = await start({ environment: 'production' });
    const { body } = await post(sandbox, { externalId: 'acme', email: 'owner@acme.example' });
    assert.match(String(body['serverKey']), /^sk_live_/);
    assert.match(String(body['clientKey']), /^ck_live_/);
  });

  it('keeps slugs apart', async () => {
    const sandbox = await start();
    const slugs = [];
    for (const n of [1, 2, 3]) {
      const made = await post(sandbox, {
        externalId: `a${n}`,
        email: `${n}@a.example`,
        businessName: 'Acme',
      });
      slugs.push(made.body['organizationSlug']);
    }
    assert.deepEqual(slugs, ['acme', 'acme-2', 'acme-3']);
  });

  const good = { externalId: 'acme', email: 'owner@acme.example' };
  const wrong: [string, unknown, string][] = [
    ['no externalId', { email: good.email }, 'externalId'],
    ['an externalId of 129 characters', { ...good, externalId: 'a'.repeat(129) }, 'externalId'],
    ['a blank externalId', { ...good, externalId: ' ' }, 'externalId'],
    ['no e-mail', { externalId: 'acme' }, 'email'],
    ['an e-mail without a domain', { ...good, email: 'owner@' }, 'email'],
    ['a business name of 201 characters', { ...good, businessName: 'a'.repeat(201) }, 'businessName'],
    ['a business name of null', { ...good, businessName: null }, 'businessName'],
    ['a business name with NUL', { ...good, businessName: 'a\0b' }, 'businessName'],
    ['a list', [good], 'nonFieldErrors'],
  ];
  for (const [what, body, field] of wrong) {
    it(`answers 400 to ${what}`, async () => {
      const sandbox = await start();
      const answer = await post(sandbox, body);
      assert.equal(answer.status, 400);
      assert.deepEqual(Object.keys(answer.body), [field]);
      assert.equal(sandbox.state.organizations.length, 0);
    });
  }

  it('takes the longest externalId and name in code points', async () => {
    const sandbox = await start();
    const body = { externalId: 'a'.repeat(128), email: 'a@b.example', businessName: '🙂'.repeat(200) };
    assert.equal((await post(sandbox, body)).status, 201);
  });

  it('answers 400 to broken JSON and 415 to a form', async () => {
    const sandbox = await start();
    assert.equal((await post(sandbox, {}, { body: '{' })).status, 400);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await post(sandbox, {}, { body: 'a=b', headers })).status, 415);
  });

  it('answers 400 to an externalId in use', async () => {
    const sandbox = await start();
    await post(sandbox, good);
    const again = await post(sandbox, { ...good, email: 'other@acme.example' });
    assert.deepEqual([again.status, Object.keys(again.body)], [400, ['externalId']]);
  });

  it("answers 409 to any user's e-mail in any case", async () => {
    const sandbox = await start();
    await post(sandbox, good);
    assert.equal((await post(sandbox, { externalId: 'b', email: 'OWNER@acme.example' })).status, 409);
    sandbox.state.users.add('stranger@else.example');
    assert.equal((await post(sandbox, { externalId: 'c', email: 'stranger@else.example' })).status, 409);
  });
});

describe('partner key', () => {
  it('is needed, and masked in the record', async () => {
    const sandbox = await start({ partnerKey: 'kvqp_0123456789abcdef' });
    const headers = { 'x-kelviq-partner-key': 'kvqp_another_one_entirely' };
    assert.equal((await ask(sandbox, ORGANIZATIONS, { headers })).status, 401);
    assert.equal((await fetch(sandbox.url + ORGANIZATIONS)).status, 401);
    assert.equal((await ask(sandbox, ORGANIZATIONS)).status, 200);
    assert.equal(sandbox.state.requests[1]?.partnerKey, null);
    assert.equal(sandbox.state.requests[2]?.partnerKey, 'kvqp_••••cdef');
  });

  it('can be rotated while running', async () => {
    const sandbox = await start();
    sandbox.state.partnerKeys.add('kvqp_new');
    sandbox.state.partnerKeys.delete(sandbox.partnerKey);
    assert.equal((await ask(sandbox, ORGANIZATIONS)).status, 401);
    const headers = { 'x-kelviq-partner-key': 'kvqp_new' };
    assert.equal((await ask(sandbox, ORGANIZATIONS, { headers })).status, 200);
  });
});

describe('paths', () => {
  it('need their trailing slash', async () => {
    const sandbox = await start();
    await post(sandbox, { externalId: 'acme', email: 'a@b.example' });
    for (const path of ['/partner/organizations', '/partner/organizations/by-external-id/acme', '/']) {
      assert.equal((await ask(sandbox, path)).status, 404, path);
    }
  });

  it('answer 405 to other methods', async () => {
    const sandbox = await start();
    assert.equal((await ask(sandbox, ORGANIZATIONS, { method: 'DELETE' })).status, 405);
    const one = `${ORGANIZATIONS}by-external-id/acme/`;
    assert.equal((await ask(sandbox, one, { method: 'POST', body: '{}' })).status, 405);
  });
});

describe('GET /partner/organizations/…', () => {
  it('reads by externalId and by identifier, keys included', async () => {
    const sandbox = await start();
    const made = await post(sandbox, { externalId: 'acme|1', email: 'a@b.example' });
    assert.deepEqual((await read(sandbox, 'acme|1')).body, made.body);
    const identifier = String(made.body['organizationIdentifier']);
    assert.deepEqual((await ask(sandbox, `${ORGANIZATIONS}${identifier}/`)).body, made.body);
  });

  it('answers 404 to unknown ones', async () => {
    const sandbox = await start();
    assert.equal((await read(sandbox, 'nobody')).status, 404);
    assert.equal((await ask(sandbox, `${ORGANIZATIONS}${crypto.randomUUID()}/`)).status, 404);
    assert.equal((await ask(sandbox, `${ORGANIZATIONS}not-a-uuid/`)).status, 404);
  });

  it('lists in pages of at most 100', async () => {
    const sandbox = await start();
    for (let n = 0; n < 105; n++) await post(sandbox, { externalId: `c${n}`, email: `c${n}@b.example` });
    const first = await ask(sandbox, `${ORGANIZATIONS}?page_size=1000`);
    assert.deepEqual([(first.body['results'] as unknown[]).length, first.body['count']], [100, 105]);
    const next = new URL(String(first.body['next']));
    const second = await ask(sandbox, next.href.slice(sandbox.url.length));
    assert.deepEqual([(second.body['results'] as unknown[]).length, second.body['next']], [5, null]);
    assert.equal((await ask(sandbox, `${ORGANIZATIONS}?page=99`)).status, 404);
  });

  it('filters the list by external_id', async () => {
    const sandbox = await start();
    for (const id of ['a', 'b']) await post(sandbox, { externalId: id, email: `${id}@b.example` });
    const { body } = await ask(sandbox, `${ORGANIZATIONS}?external_id=b`);
    assert.equal(body['count'], 1);
    assert.equal((body['results'] as Answer['body'][])[0]?.['partnerExternalId'], 'b');
  });
});

describe('requests', () => {
  it('are recorded without the serverKey', async () => {
    const seen: (number | null)[] = [];
    const sandbox = await start({ onRequest: ({ durationMs, status }) => seen.push(durationMs && status) });
    const { body } = await post(sandbox, { externalId: 'acme', email: 'a@b.example' });
    await read(sandbox, 'acme');
    const text = JSON.stringify(sandbox.state.requests);
    assert.ok(!text.includes(String(body['serverKey'])));
    assert.match(text, /"serverKey":"sk_test_••••\w{4}"/);
    const [first] = sandbox.state.requests;
    assert.deepEqual(first?.sent, { externalId: 'acme', email: 'a@b.example' });
    assert.deepEqual(
      [first?.method, first?.path, first?.status],
      ['POST', '/api/v1/partner/organizations/', 201],
    );
    assert.equal(seen[0], null);
  });
});

describe('kelviq-onboarding sandbox', () => {
  it('prints its URL, its key and every scenario', async () => {
    let text = '';
    const sandbox = await runSandbox({ PORT: '0' }, (more) => (text += more));
    untilTestEnds(sandbox);
    assert.ok(text.includes(`KELVIQ_BASE_URL=${sandbox.url}`));
    assert.ok(text.includes(`KELVIQ_PARTNER_KEY=${sandbox.partnerKey}`));
    const lines = text.split('\n');
    for (const { name, does } of SCENARIOS) {
      assert.ok(lines.some((line) => line.startsWith(`  ${name}@ `) && line.endsWith(` ${does}`)));
    }
  });

  it('names the fix for a port in use', async () => {
    const sandbox = await start();
    const { port } = new URL(sandbox.url);
    await assert.rejects(
      runSandbox({ PORT: port }, () => {}),
      {
        message: `Port ${port} is in use. Choose another one: PORT=${Number(port) + 1}`,
      },
    );
  });

  it('refuses a PORT that is none', async () => {
    await assert.rejects(
      runSandbox({ PORT: 'http' }, () => {}),
      { name: 'SandboxCommandError' },
    );
  });

  it('frees its port when closed', async () => {
    const sandbox = await start();
    const port = Number(new URL(sandbox.url).port);
    await sandbox.close();
    const error = await new Promise((resolve) => connect(port, '127.0.0.1').once('error', resolve));
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  });
});
