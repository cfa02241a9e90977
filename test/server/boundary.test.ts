/** Invariant 1: no secret ever reaches a browser, a log, an error or a disk. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import type { Step } from '../../demo/sandbox/script.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import { sweep } from '../support/leaks.ts';
import { rawRequest, statusOf, type RawRequest } from '../support/raw-request.ts';
import { serveProcess } from '../support/serve-process.ts';
import { databasePath } from '../support/store.ts';

const CLI = fileURLToPath(new URL('../../proxy/node/cli.ts', import.meta.url));
const origin = 'https://app.example.com';
const unique = () => randomBytes(18).toString('hex');

/** Canaries by where Kelviq, or the partner's backend, might let something slip. */
const canaries = {
  'unknown field': unique(),
  'nested field': unique(),
  'error page': unique(),
  'error body': unique(),
  header: unique(),
  cookie: unique(),
  location: unique(),
  'webhook answer': unique(),
  'webhook header': unique(),
};
const headers = {
  'x-internal-token': canaries.header,
  'set-cookie': `session=${canaries.cookie}`,
  'retry-after': '1',
};
const page = `<html><body><pre>Traceback: ${canaries['error page']}</pre></body></html>`;
const body = { detail: canaries['error body'], email: [canaries['error body']] };

const extended: Step = {
  answer: (usual) => ({
    ...usual,
    headers,
    body: {
      ...(usual.body as object),
      internalNote: canaries['unknown field'],
      owner: { keys: [{ secret: canaries['nested field'] }] },
    },
  }),
};
const refuses = (status: number, answer: unknown): Step => ({
  commits: false,
  answer: {
    status,
    headers: { ...headers, location: `https://x.example/${canaries.location}` },
    body: answer,
  },
});
/** The serverKey where a public field should be. */
const mirrored: Step = {
  answer: (usual) => {
    const organization = usual.body as { serverKey?: string };
    return { ...usual, body: { ...organization, clientKey: organization.serverKey } };
  },
};

/** What each customer's requests to Kelviq meet. */
const customers: Record<string, Step[]> = {
  plain: [extended],
  mirrored: Array.from({ length: 30 }, () => mirrored),
  lost: ['lost', extended],
  half: ['truncated', extended],
  'null-keys': [{ keysAfterMs: 1500 }],
  'null-echo': ['null-echo', extended],
  'wrong-echo': Array<Step>(30).fill('wrong-echo'),
  page: [refuses(200, page)],
  ...Object.fromEntries(
    [302, 400, 401, 403, 404, 409, 418, 422, 428, 429, 500, 502, 503].flatMap((status) => [
      [`page-${status}`, [refuses(status, page)]],
      [`body-${status}`, [refuses(status, body)]],
    ]),
  ),
};

/** A backend that refuses the first delivery with an answer full of canaries. */
async function backend(t: TestContext): Promise<{ url: string; stored: (count: number) => Promise<void> }> {
  const stored: string[] = [];
  let refused = false;
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.setHeader('x-internal-token', canaries['webhook header']);
      if (refused) stored.push(String(request.headers['webhook-id']));
      response.writeHead(refused ? 200 : 500).end(canaries['webhook answer']);
      refused = true;
      arrivals.emit('arrival');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    stored: async (count) => {
      while (new Set(stored).size < count) await once(arrivals, 'arrival');
    },
  };
}

function cli(settings: Record<string, string>, args: readonly string[]): Promise<Buffer> {
  const env = { PATH: process.env['PATH'], ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', CLI, ...args], { env }, (_, out, err) =>
      resolve(Buffer.from(out + err)),
    );
  });
}

describe('no secret crosses the boundary', () => {
  it('in answers, logs, files or commands', async (t) => {
    const secretBytes = randomBytes(32);
    const sessionSecret = unique();
    const sandbox = await startSandbox({ partnerKey: `kvqp_${unique()}` });
    t.after(() => sandbox.close());
    const receiver = await backend(t);
    const path = await databasePath(t);
    const settings = {
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: origin,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: `whsec_${secretBytes.toString('base64')}`,
      SESSION_SECRET: sessionSecret,
      OPEN_SIGNUP: 'true',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'debug',
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: `sqlite:${path}`,
    };
    const proxy = serveProcess(settings);
    t.after(async () => {
      proxy.signal('SIGKILL');
      await proxy.ended;
    });
    const url = await proxy.url;
    const places: Record<string, Buffer> = {};
    const tokens: Record<string, string> = {};
    const ask = async (name: string, request: RawRequest) => {
      const answer = await rawRequest(url, request);
      places[`answer: ${name} #${Object.keys(places).length}`] = answer;
      return statusOf(answer);
    };

    const journey = async (customer: string): Promise<number[]> => {
      const token = await createSessionToken({ secret: sessionSecret, externalId: customer });
      tokens[`token of ${customer}`] = token.split('.')[2] as string;
      const asked = { origin, authorization: `Bearer ${token}` };
      const signUp = () =>
        ask(customer, {
          method: 'POST',
          path: '/v1/organizations',
          headers: asked,
          body: JSON.stringify({ email: `${customer}@example.com`, businessName: 'Sonne' }),
        });
      const statuses = [await signUp(), await signUp()];
      await ask(customer, { path: '/v1/session', headers: asked });
      return statuses;
    };
    for (const [customer, steps] of Object.entries(customers)) {
      const [first, ...reads] = steps;
      if (first) sandbox.script({ subject: customer, method: 'POST' }, [first]);
      sandbox.script({ subject: customer, method: 'GET' }, reads);
    }
    const statuses = await Promise.all(Object.keys(customers).map(journey));
    const met = new Set(statuses.flat());
    for (const status of [200, 201, 202, 409, 422, 502, 503]) assert.ok(met.has(status), `${status}`);

    const key = unique();
    tokens['idempotency key'] = key;
    const post = { method: 'POST', path: '/v1/organizations' };
    const sent = '{"email":"a@example.com"}';
    const refusals: [number, RawRequest][] = [
      [201, { ...post, headers: { origin, 'idempotency-key': key }, body: sent }],
      [400, { ...post, headers: { origin, 'idempotency-key': key }, body: '{' }],
      [401, { ...post, headers: { origin }, body: sent }],
      [401, { ...post, headers: { origin, authorization: `Bearer ${unique()}.a.b` }, body: sent }],
      [403, { ...post, headers: { origin: 'https://other.example' }, body: sent }],
      [413, { ...post, headers: { origin }, body: JSON.stringify({ email: 'a'.repeat(9000) }) }],
      [415, { ...post, headers: { origin, 'content-type': 'text/plain' }, body: sent }],
      [422, { ...post, headers: { origin, 'idempotency-key': key }, body: '{"email":"a","serverKey":1}' }],
      [404, { path: '/v1/nothing' }],
      [405, { path: '/v1/organizations' }],
      [404, { path: '/v1/challenge', headers: { origin } }],
      [204, { ...post, method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }],
      [200, { path: '/healthz' }],
      [200, { path: '/readyz' }],
    ];
    for (const [status, request] of refusals)
      assert.equal(await ask(`${request.method} ${request.path}`, request), status);

    const complete = sandbox.state.organizations.filter(
      ({ externalId }) => externalId !== 'mirrored' && externalId !== 'wrong-echo',
    );
    await receiver.stored(complete.length);
    const disk = (when: string) => {
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(path + suffix)) places[`database${suffix} ${when}`] = readFileSync(path + suffix);
    };
    disk('while running');
    const wrong = { ...settings, WEBHOOK_SECRET: `whsec_${canaries.header}!`, PORT: canaries.location };
    for (const args of [['deliveries', 'list'], ['deliveries', 'list', '--json'], ['integrity'], ['--help']])
      places[`command: ${args.join(' ')}`] = await cli(settings, args);
    places['command: serve with mistakes'] = await cli(wrong, ['serve']);
    assert.match(String(places['command: serve with mistakes']), /WEBHOOK_SECRET/);
    proxy.signal('SIGTERM');
    assert.equal(await proxy.ended, 0);
    disk('after the end');
    const { out, err } = proxy.output();
    places['log'] = Buffer.from(out);
    places['standard error'] = Buffer.from(err);
    assert.ok(out.includes('"level":"debug"'));

    const secrets = {
      'partner key': sandbox.partnerKey,
      'webhook secret': secretBytes.toString('base64'),
      'webhook secret, its bytes': secretBytes,
      'session secret': sessionSecret,
      ...canaries,
      ...Object.fromEntries(
        sandbox.state.organizations.map((made) => [`serverKey of ${made.externalId}`, made.serverKey]),
      ),
    };
    assert.ok(Object.keys(places).length > 80);
    assert.deepEqual(sweep(places, secrets), []);

    const stored = Object.fromEntries(
      Object.entries(places).filter(([place]) => place.startsWith('database')),
    );
    const personal = { e: '@example.com', ...tokens };
    assert.deepEqual(
      sweep({ log: Buffer.from(out), errors: Buffer.from(err) }, personal),
      [],
      'logs hold nothing personal',
    );
    assert.deepEqual(sweep(stored, tokens), []);
    const gone = { e: 'plain@example.com', f: 'lost@example.com', g: 'half@example.com' };
    assert.deepEqual(sweep(stored, gone), [], 'what is delivered is forgotten');
  });
});
