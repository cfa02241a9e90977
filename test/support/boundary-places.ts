/**
 * Runs the standalone server through everything that it does, with secrets planted in every setting
 * and answer, and gathers every byte that came out of it.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import { canaries, customers, scriptCustomers, unique } from './boundary-customers.ts';
import type { Places, Secrets } from './leaks.ts';
import { rawRequest, statusOf, type RawRequest } from './raw-request.ts';
import { keyPair } from './sealing.ts';
import { serveProcess } from './serve-process.ts';
import { databasePath } from './store.ts';
import { runBin } from './terminal.ts';

const origin = 'https://app.example.com';
const post = { method: 'POST', path: '/v1/organizations' };
const sent = '{"email":"a@example.com"}';

/** What came out, and what must not be in it. */
export type Gathered = {
  places: Places;
  secrets: Secrets;
  /** Tokens and capabilities of customers, which belong into answers no more than into logs and files. */
  tokens: Secrets;
  /** Statuses that browsers were answered with. */
  met: ReadonlySet<number>;
};

/** A backend that refuses the first delivery with an answer full of canaries. */
async function backend(t: TestContext): Promise<{ url: string; stored: (count: number) => Promise<void> }> {
  const stored = new Set<string>();
  let refused = false;
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.setHeader('x-internal-token', canaries['webhook header']);
      if (refused) stored.add(String(request.headers['webhook-id']));
      response.writeHead(refused ? 200 : 500, canaries['status text']).end(canaries['webhook answer']);
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
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?token=${canaries['webhook header']}`,
    stored: async (count) => {
      while (stored.size < count) await once(arrivals, 'arrival');
    },
  };
}

/** Requests that are refused, and what of, with secrets in them. */
function refusals(key: string): [number, RawRequest][] {
  const secret = unique();
  return [
    [201, { ...post, headers: { origin, 'idempotency-key': key }, body: sent }],
    [400, { ...post, headers: { origin, 'idempotency-key': key }, body: '{' }],
    [401, { ...post, headers: { origin }, body: sent }],
    [401, { ...post, headers: { origin, authorization: `Bearer ${secret}.a.b` }, body: sent }],
    [401, { ...post, headers: { origin, authorization: `Basic ${secret}` }, body: sent }],
    [403, { ...post, headers: { origin: 'https://other.example' }, body: sent }],
    [413, { ...post, headers: { origin }, body: JSON.stringify({ email: 'a'.repeat(9000) }) }],
    [415, { ...post, headers: { origin, 'content-type': 'text/plain' }, body: sent }],
    [422, { ...post, headers: { origin, 'idempotency-key': key }, body: '{"email":"a","serverKey":1}' }],
    [404, { path: `/v1/nothing?${secret}` }],
    [405, { path: '/v1/organizations' }],
    [204, { ...post, method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }],
    [200, { path: '/healthz' }],
    [200, { path: '/readyz' }],
  ];
}

/** Runs it all; the server has ended when this resolves. */
export async function gatherPlaces(t: TestContext): Promise<Gathered> {
  const secretBytes = randomBytes(32);
  const sessionSecrets = [unique(), unique()] as const;
  const sealing = keyPair('EC', 'boundary');
  const sandbox = await startSandbox({ partnerKey: `kvqp_${unique()}` });
  t.after(() => sandbox.close());
  const receiver = await backend(t);
  const path = await databasePath(t);
  const keyFile = join(dirname(dirname(path)), 'partner-key');
  writeFileSync(keyFile, `${sandbox.partnerKey}\n`);
  const settings = {
    KELVIQ_PARTNER_KEY_FILE: keyFile,
    KELVIQ_BASE_URL: sandbox.url,
    ALLOWED_ORIGINS: origin,
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: `whsec_${secretBytes.toString('base64')}`,
    WEBHOOK_ENCRYPTION_KEY: JSON.stringify(sealing.publicJwk),
    SESSION_SECRET: sessionSecrets.join(' '),
    OPEN_SIGNUP: 'true',
    CHALLENGE: 'off',
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'debug',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
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
  const ask = async (name: string, request: RawRequest, at = url) => {
    const answer = await rawRequest(at, request);
    places[`answer: ${name} #${Object.keys(places).length}`] = answer;
    // The log of writes is emptied whenever nothing is in hand: what is looked at is the fullest it was seen.
    const log = existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0);
    if (log.length > (places['database-wal while running']?.length ?? 0))
      places['database-wal while running'] = log;
    return statusOf(answer);
  };

  const journey = async (customer: string): Promise<number[]> => {
    const token = await createSessionToken({ secret: sessionSecrets[0], externalId: customer });
    tokens[`token of ${customer}`] = token.split('.')[2] as string;
    const asked = { origin, authorization: `Bearer ${token}` };
    const body = JSON.stringify({ email: `${customer}@example.com`, businessName: 'Sonne' });
    const signUp = () => ask(customer, { ...post, headers: asked, body });
    const statuses = [await signUp(), await signUp()];
    await ask(customer, { path: '/v1/session', headers: asked });
    return statuses;
  };
  const { delivered } = scriptCustomers(sandbox);
  const met = new Set((await Promise.all(Object.keys(customers).map(journey))).flat());
  const key = unique();
  tokens['idempotency key'] = key;
  for (const [status, request] of refusals(key)) {
    const answered = await ask(`${request.method ?? 'GET'} ${request.path.slice(0, 20)}`, request);
    if (answered !== status) throw new Error(`${answered} instead of ${status}: ${JSON.stringify(request)}`);
  }
  await receiver.stored(delivered());

  const metricsUrl = /"event":"metrics_listening".*?"url":"([^"]+)\/metrics"/.exec(proxy.output().out)?.[1];
  const metrics = await rawRequest(metricsUrl ?? '', { path: '/metrics' });
  places['metrics'] = metrics;
  const disk = (when: string) => {
    for (const suffix of ['', '-wal', '-shm'])
      if (existsSync(path + suffix)) places[`database${suffix} ${when}`] ??= readFileSync(path + suffix);
  };
  disk('while running');
  await runCommands(settings, sandbox.url, places);
  proxy.signal('SIGTERM');
  const code = await proxy.ended;
  if (code !== 0) throw new Error(`It ended with ${code}.`);
  disk('after the end');
  places['log'] = Buffer.from(proxy.output().out);
  places['standard error'] = Buffer.from(proxy.output().err);

  const secrets = {
    'partner key': sandbox.partnerKey,
    'webhook secret': secretBytes.toString('base64'),
    'webhook secret, its bytes': secretBytes,
    'session secret': sessionSecrets[0],
    'older session secret': sessionSecrets[1],
    'decryption key': sealing.privateJwk.d as string,
    ...canaries,
    ...Object.fromEntries(
      sandbox.state.organizations.map((made) => [`serverKey of ${made.externalId}`, made.serverKey]),
    ),
  };
  return { places, secrets, tokens, met };
}

/** Every command, on good settings and on bad ones, which hold secrets in the wrong places. */
async function runCommands(
  settings: Readonly<Record<string, string>>,
  baseUrl: string,
  places: Record<string, Buffer>,
): Promise<void> {
  const run = async (name: string, args: readonly string[], change: Record<string, string> = {}) => {
    const { out, err } = await runBin(args, { ...settings, ...change });
    places[`command: ${name}`] = Buffer.from(out + err);
  };
  for (const line of [
    'deliveries list',
    'deliveries list --json',
    'deliveries show plain',
    'deliveries show plain --json',
    'deliveries show lost',
    'deliveries retry nobody',
    'doctor',
    'doctor --json --receiver',
    'doctor --upstream',
    'reconcile',
    'reconcile --json',
    'integrity',
    '--help',
    'serve --help',
    `deliveries show ${canaries.location}`,
    `--${canaries.location}`,
    `token --external-id ks_${canaries.location}`,
  ])
    await run(line.replace(canaries.location, '…'), line.split(' '));
  const misplaced = {
    WEBHOOK_SECRET: `whsec_${canaries.header}!`,
    PORT: canaries.location,
    WEBHOOK_URL: `https://${canaries.cookie}:${canaries.cookie}@api.example.com`,
    ALLOWED_ORIGINS: `https://${canaries.cookie}@app.example.com/${canaries.cookie}`,
    WEBHOOK_ENCRYPTION_KEY: JSON.stringify({ kty: 'EC', crv: 'P-256', d: canaries.header }),
    SESSION_SECRET: 'short',
    DATABASE_URL: `postgres://me:${canaries.cookie}@`,
    KELVIQ_BASE_URL: `${baseUrl}?key=${canaries.header}`,
  };
  await run('serve with mistakes', ['serve'], misplaced);
  await run('doctor with mistakes', ['doctor'], misplaced);
  await run('a database that is not there', ['deliveries', 'list'], {
    DATABASE_URL: `postgres://me:${canaries.cookie}@127.0.0.1:1/rows`,
  });
}
