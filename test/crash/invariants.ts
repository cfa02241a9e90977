/** What holds after every kill, whatever was killed and when. */
import assert from '../support/assert.ts';
import { existsSync, readFileSync } from 'node:fs';
import type { Row } from '../../proxy/row.ts';
import { emailOf, externalIdOf, nameOf, pause, type Site } from './site.ts';

const ERASED_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 25;

function diskOf({ path }: Site): string {
  return [path, `${path}-wal`, `${path}-shm`]
    .map((file) => (path !== null && existsSync(String(file)) ? readFileSync(String(file), 'latin1') : ''))
    .join('');
}

/** No secret in any byte that was written nor in `rows`; holds at every moment, a kill included. */
export function nothingLeaked(site: Site, rows = ''): void {
  for (const [place, bytes] of [
    ['the database', diskOf(site)],
    ['a row', rows],
    ['the output', site.output()],
  ] as const)
    for (const secret of site.secrets) assert.ok(!bytes.includes(secret), `a secret is in ${place}`);
}

/** Every organization is delivered with its own key, or its row says where it waits. */
function everyOrganizationIsSeenTo({ sandbox, receiver }: Site, rows: ReadonlyMap<string, Row>): void {
  for (const made of sandbox.state.organizations) {
    assert.ok(made.serverKey.startsWith('sk_test_'), 'the look for leaks goes by how it begins');
    const row = rows.get(made.externalId);
    assert.ok(row, `${made.externalId} has a row`);
    const stored = receiver.events.filter(({ data }) => data.externalId === made.externalId);
    for (const { data } of stored) {
      assert.equal(data.serverKey, made.serverKey);
      assert.equal(data.clientKey, made.clientKey);
      assert.equal(data.organizationIdentifier, made.organizationIdentifier);
      assert.ok(data.email === null || data.email === made.email);
    }
    switch (row.state) {
      case 'delivered':
        assert.ok(stored.length > 0, `${row.externalId} is delivered and nothing arrived`);
        break;
      case 'requested':
      case 'provisioned':
        assert.notEqual(row.dueAt, null, `${row.externalId} waits for nothing`);
        break;
      case 'attention':
      case 'undeliverable':
        break;
      case 'refused':
        assert.fail(`${row.externalId} is refused and has an organization`);
    }
    if (row.organizationIdentifier !== null)
      assert.equal(row.organizationIdentifier, made.organizationIdentifier);
  }
}

/** One id for each organization, and for no other. */
function webhookIdsAreStable({ receiver }: Site): void {
  const ids = new Map<string, Set<string>>();
  for (const [turn, { data }] of receiver.events.entries()) {
    const own = ids.get(data.organizationIdentifier) ?? new Set();
    ids.set(data.organizationIdentifier, own.add(receiver.ids[turn] ?? ''));
  }
  const all = [...ids.values()].flatMap((own) => [...own]);
  for (const [identifier, own] of ids) assert.equal(own.size, 1, `${identifier} came under several ids`);
  assert.equal(new Set(all).size, all.length, 'two organizations came under one id');
}

/** Nobody has two, and nobody who has one was asked for again. */
function nobodyIsCreatedTwice({ sandbox }: Site, rows: ReadonlyMap<string, Row>): void {
  const { organizations, requests } = sandbox.state;
  assert.equal(new Set(organizations.map(({ externalId }) => externalId)).size, organizations.length);
  const posts = requests.filter(({ method, externalId }) => method === 'POST' && externalId !== null);
  for (const { externalId, createdAt } of organizations) {
    const late = posts.filter((post) => post.externalId === externalId && post.at > createdAt);
    assert.equal(late.length, 0, `${externalId} was posted again after its creation`);
  }
  for (const post of posts) {
    const row = rows.get(post.externalId ?? '');
    // Of attempts that Kelviq turned away nothing need be left.
    const turnedAway = post.status !== null && [401, 403, 429].includes(post.status);
    assert.ok(row ? row.attempt > 0 : turnedAway, `${post.externalId} was posted without a row`);
  }
}

/** What a browser was told is true, whatever happened since. */
function everyAnswerIsTrue({ sandbox, heard }: Site, rows: ReadonlyMap<string, Row>): void {
  const creations = new Set<string>();
  for (const { customer, status, organization } of heard) {
    assert.ok([200, 201, 202, 409, 422, 429, 502, 503].includes(status), `${customer} was told ${status}`);
    if (!organization) continue;
    const made = sandbox.state.organizations.find(({ externalId }) => externalId === externalIdOf(customer));
    assert.ok(made, `${customer} was told of an organization that does not exist`);
    assert.equal(organization.externalId, made.externalId);
    assert.equal(organization.organizationIdentifier, made.organizationIdentifier);
    assert.ok(organization.clientKey === made.clientKey || organization.clientKey === null);
    const row = rows.get(made.externalId);
    assert.equal(row?.organizationIdentifier, made.organizationIdentifier);
    if (organization.delivery === 'delivered') assert.equal(row?.state, 'delivered');
    if (status !== 201) continue;
    assert.ok(!creations.has(customer), `${customer} was told of the creation twice`);
    assert.equal(made.email, emailOf(customer));
    creations.add(customer);
  }
}

/** What was typed is erased from every byte once it has served its purpose. */
async function typedTextIsErased(site: Site, rows: readonly Row[]): Promise<void> {
  if (site.path === null) return;
  const gone = new Set(
    rows.filter(({ email, state }) => email === null && state !== 'requested').map((row) => row.externalId),
  );
  const texts = [...site.customers]
    .filter((customer) => gone.has(externalIdOf(customer)))
    .flatMap((customer) => [emailOf(customer), nameOf(customer)]);
  const until = Date.now() + ERASED_WITHIN_MS;
  for (;;) {
    const disk = diskOf(site);
    const left = texts.filter((text) => disk.includes(text));
    if (left.length === 0) return;
    assert.ok(Date.now() < until, `still in the file: ${left.join(', ')}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** Waits until the restarted server has come to rest, and checks everything. */
export async function allIsWell(site: Site): Promise<Row[]> {
  const rows = await site.settle();
  assert.ok(rows, `the server has ended:\n${site.server().output()}`);
  const byId = new Map(rows.map((row) => [row.externalId, row]));
  everyOrganizationIsSeenTo(site, byId);
  webhookIdsAreStable(site);
  nobodyIsCreatedTwice(site, byId);
  everyAnswerIsTrue(site, byId);
  nothingLeaked(site, JSON.stringify(rows));
  await typedTextIsErased(site, rows);
  return rows;
}
