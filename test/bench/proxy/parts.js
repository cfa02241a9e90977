// What these parts cost by themselves: Hono, zod, undici and SQLite take the same steps as the server, two
// requests and three commits that all of the moment share, and nothing else. A crash, a lost answer or a
// second request of the same customer finds nobody here that minds.
import { createHmac } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import Database from 'libsql';
import { Pool } from 'undici';
import { z } from 'zod';

const form = z.strictObject({ email: z.email(), businessName: z.string().max(200).optional() });
const organization = z.object({
  userId: z.number(),
  organizationIdentifier: z.string(),
  organizationSlug: z.string(),
  clientKey: z.string(),
  serverKey: z.string(),
  partnerExternalId: z.string(),
});

const pool = new Pool(process.env.UPSTREAM, { connections: 256 });
const db = new Database(process.env.DATABASE);
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE signups (external_id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, email TEXT, business_name TEXT,
    organization_identifier TEXT, organization_slug TEXT, client_key TEXT);`);
const request = db.prepare(
  "INSERT INTO signups (external_id, state, email, business_name) VALUES (?, 'requested', ?, ?)",
);
const provision = db.prepare(
  `UPDATE signups SET state = 'provisioned', organization_identifier = ?, organization_slug = ?, client_key = ?
   WHERE external_id = ?`,
);
const deliver = db.prepare(
  "UPDATE signups SET state = 'delivered', email = NULL, business_name = NULL WHERE external_id = ?",
);

let group = [];

function commit() {
  const writes = group;
  group = [];
  db.exec('BEGIN IMMEDIATE');
  for (const { statement, values } of writes) statement.run(...values);
  db.exec('COMMIT');
  for (const { resolve } of writes) resolve();
}

/** Resolves once the statement is on the disk, with all others of the same turn. */
function write(statement, ...values) {
  return new Promise((resolve) => {
    if (group.push({ statement, values, resolve }) === 1) setImmediate(commit);
  });
}

async function post(path, headers, body) {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

async function send({ partnerExternalId: externalId, ...rest }, { email, businessName }) {
  const seconds = String(Math.floor(Date.now() / 1000));
  const data = { externalId, email, businessName, ...rest, environment: 'sandbox' };
  const body = JSON.stringify({
    type: 'organization.provisioned',
    timestamp: new Date().toISOString(),
    data,
  });
  const id = `msg_${rest.organizationIdentifier}`;
  const signature = createHmac('sha256', 'a secret of the bench').update(`${id}.${seconds}.${body}`);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature.digest('base64')}`,
  };
  const { status } = await post('/hook', headers, body);
  if (status < 300) await write(deliver, externalId);
}

const app = new Hono();
app.post('/v1/organizations', async (c) => {
  const typed = form.parse(await c.req.json());
  const externalId = c.req.header('idempotency-key');
  await write(request, externalId, typed.email, typed.businessName ?? null);
  const { text } = await post(
    '/api/v1/partner/organizations/',
    { 'x-kelviq-partner-key': 'kvqp_test_bench' },
    JSON.stringify({ ...typed, externalId }),
  );
  const created = organization.parse(JSON.parse(text));
  const { organizationIdentifier, organizationSlug, clientKey } = created;
  await write(provision, organizationIdentifier, organizationSlug, clientKey, externalId);
  void send(created, typed);
  return c.json(
    { externalId, organizationIdentifier, organizationSlug, clientKey, delivery: 'pending' },
    201,
  );
});
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.send?.({ port }));
