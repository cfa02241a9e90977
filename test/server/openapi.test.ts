import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { PROBLEM_CODES } from '../../proxy/limits.ts';
import { readDropIn } from '../../proxy/node/drop-in.ts';
import { findPackage } from '../../proxy/node/package.ts';
import { startServer } from '../../proxy/node/server.ts';
import { openApiDocument } from '../../proxy/openapi.ts';
import { describeProblem } from '../../proxy/problem.ts';
import { openApi, signup } from '../support/api.ts';
import { conforms, eventConforms, isOpenApi } from '../support/conforms.ts';
import { deliveryEvent } from '../support/delivery-event.ts';
import { settingsOf } from '../support/environment.ts';
import { databasePath } from '../support/store.ts';
import { ORIGIN, world } from '../support/world.ts';

type Document = {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

const answer = (body: object, status = 200) =>
  Response.json(body, { status, headers: { 'X-Request-Id': 'r', 'content-type': 'application/json' } });

describe('the OpenAPI document', () => {
  it('is one, by the schema of OpenAPI 3.1', async () => {
    const document = openApiDocument('1.2.3');
    assert.equal(document['openapi'], '3.1.1');
    await isOpenApi(document);
    await assert.rejects(isOpenApi({ ...document, paths: { 'no-slash': {} } }));
  });

  it('describes every problem at its status', () => {
    const { paths } = openApiDocument('1.2.3') as unknown as Document;
    const text = JSON.stringify(paths);
    for (const code of PROBLEM_CODES) {
      if (code === 'method_not_allowed') continue; // of what is not there
      assert.ok(text.includes(`"${code}"`), code);
      const { status } = describeProblem(code);
      const routes = Object.values(paths).flatMap((route) => Object.values(route));
      const of = routes.map(({ responses }) => JSON.stringify(responses[status] ?? ''));
      assert.ok(
        of.some((one) => one.includes(`"${code}"`)),
        `${code} at ${status}`,
      );
    }
  });

  it('describes what the server serves', async (t) => {
    const path = await databasePath(t);
    const settings = settingsOf({ HOST: '127.0.0.1', PORT: '0', DATABASE_URL: `sqlite:${path}` });
    const server = await startServer(settings, () => undefined);
    t.after(() => server.close());
    const found = await fetch(`${server.url}/openapi.json`);
    assert.equal(found.headers.get('access-control-allow-origin'), '*');
    const { paths, info } = (await found.json()) as Document;
    for (const [route, operations] of Object.entries(paths)) {
      const { get } = operations;
      const live = route.replace('{version}', info.version).replace('{tag}', 'de');
      const method = get ? 'GET' : 'POST';
      const response = await fetch(server.url + live, {
        method,
        headers: { origin: 'https://app.example.com' },
      });
      await conforms(response, method, live);
      await response.arrayBuffer();
      const wrong = await fetch(server.url + live, {
        method: 'DELETE',
        headers: { origin: 'https://app.example.com' },
      });
      assert.equal(wrong.status, 405, live);
      await conforms(wrong, 'DELETE', live);
      await wrong.arrayBuffer();
    }
    const unknown = await fetch(`${server.url}/locales/xx-none.json`);
    await conforms(unknown, 'GET', '/locales/xx-none.json');
  });

  it('describes every file of the drop-in', () => {
    const { version } = findPackage();
    const { paths } = openApiDocument(version) as unknown as Document;
    const described = Object.keys(paths).map((path) => path.replace('{version}', version));
    const served = readDropIn(findPackage()).map(({ path }) =>
      path.replace(/^\/locales\/.*/, '/locales/{tag}.json'),
    );
    assert.ok(served.length > 0);
    assert.deepEqual(
      served.filter((path) => !described.includes(path)),
      [],
    );
  });

  it('describes every kind of success', async (t) => {
    const { open, clock, sandbox } = await world(t);
    const proxy = await open();
    sandbox.next('slow');
    const first = await clock.run(proxy.post('c1', 'owner@example.com'));
    assert.equal(first.status, 202);
    assert.equal((await clock.run(proxy.post('c1', 'owner@example.com'))).status, 201);
    assert.equal((await proxy.post('c1', 'owner@example.com')).status, 200);
    assert.equal((await proxy.session('c1')).status, 200);
  });

  it('describes that a crowd is turned away, wherever it knocks', async (t) => {
    const never = new Promise<null>(() => undefined);
    const { app } = openApi(t, { openSignup: false, identify: () => never });
    const headers = { origin: ORIGIN };
    for (let inHand = 0; inHand < 4096; inHand++) void app.request('/v1/session', { headers });
    for (const [path, request] of [
      ['/v1/session', { headers }],
      ['/v1/challenge', { headers }],
      ['/v1/organizations', signup()],
    ] as const) {
      const turnedAway = await app.request(path, request);
      assert.equal(turnedAway.status, 503, path);
      await conforms(turnedAway, 'method' in request ? 'POST' : 'GET', path);
    }
  });

  it('names its server from where it is read, under a path too', () => {
    const [server] = openApiDocument('1.2.3')['servers'] as { url: string }[];
    const base = new URL(server?.url ?? '', 'https://app.example.com/kelviq/openapi.json');
    assert.equal(base.href, 'https://app.example.com/kelviq/');
  });

  it('would find an answer that is not as described', async () => {
    const organization = {
      externalId: 'c1',
      organizationIdentifier: 'org-1',
      organizationSlug: null,
      clientKey: 'ck_1',
      delivery: 'pending',
    };
    const path = '/v1/organizations';
    await conforms(answer(organization), 'POST', path);
    await assert.rejects(conforms(answer({ ...organization, serverKey: 'sk_1' }), 'POST', path));
    await assert.rejects(conforms(answer({ ...organization, delivery: 'later' }), 'POST', path));
    await assert.rejects(conforms(answer(organization, 203), 'POST', path));
    await assert.rejects(conforms(Response.json(organization), 'POST', path), /X-Request-Id/);
    const policy = answer(organization);
    policy.headers.set('ratelimit-policy', '"email";q=5;w=3600');
    await assert.rejects(conforms(policy, 'POST', path), /ratelimit-policy is not described/);
  });
});

describe('the JSON Schema of the delivery event', () => {
  it('describes what is delivered', async (t) => {
    const { open, clock, tries, sandbox } = await world(t);
    const proxy = await open();
    await proxy.post('c1', 'owner@example.com');
    sandbox.next('lost');
    await clock.run(proxy.post('c2', 'other@example.com'));
    await clock.settle();
    assert.ok(tries.length >= 1);
    for (const { event } of tries) await eventConforms(event);
    await eventConforms(deliveryEvent);
  });

  it('refuses what is none', async () => {
    for (const change of [
      { type: 'organization.removed' },
      { timestamp: 'yesterday' },
      { data: { ...deliveryEvent.data, serverKey: null } },
      { data: { ...deliveryEvent.data, environment: 'staging' } },
    ])
      await assert.rejects(eventConforms({ ...deliveryEvent, ...change }));
  });
});
