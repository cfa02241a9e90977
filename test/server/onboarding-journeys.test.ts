import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { webhook } from '../../proxy/webhook.ts';
import { startReceiver } from '../support/receiver.ts';
import { world, type Reply } from '../support/world.ts';

const email = 'owner@example.com';
const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status);

describe('a signup', () => {
  it('is answered with 201 and delivered with its serverKey', async (t) => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const receiver = await startReceiver(secret);
    t.after(receiver.close);
    const { open, sandbox, clock } = await world(t);
    const deliver = webhook({ url: receiver.url, secrets: [secret] });
    const proxy = await open({ deliver: (event, context) => clock.hold(deliver(event, context)) });
    const reply = await proxy.post('c1', email);
    await receiver.received(1);
    await clock.settle();

    const [made] = sandbox.state.organizations;
    assert.ok(made);
    const { organizationIdentifier, organizationSlug, clientKey, serverKey, userId } = made;
    const shared = { externalId: 'c1', organizationIdentifier, organizationSlug, clientKey };
    assert.deepEqual([reply.status, reply.body], [201, { ...shared, delivery: 'pending' }]);
    const data = { ...shared, userId, serverKey, email, businessName: 'Bäckerei', environment: 'sandbox' };
    assert.deepEqual(receiver.events[0]?.data, data);
    assert.deepEqual((await proxy.session('c1')).body.organization, { ...shared, delivery: 'delivered' });
  });

  it('is told of its creation once, with any case of its e-mail', async (t) => {
    const { open, clock, posts } = await world(t);
    const proxy = await open();
    assert.equal((await proxy.post('c1', email)).status, 201);
    assert.equal((await proxy.post('c1', email)).status, 200);
    await clock.settle();
    assert.equal((await proxy.post('c1', 'OWNER@example.com')).status, 200);
    assert.equal((await proxy.post('c1', 'other@example.com')).status, 200);
    assert.equal(posts(), 1);
  });

  it('gives another e-mail sent meanwhile 202, then 200', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open();
    sandbox.next({ delayMs: 3000 });
    const first = proxy.post('c1', email);
    await clock.settle();
    const other = await proxy.post('c1', 'other@example.com');
    assert.deepEqual([other.status, other.body], [202, { status: 'pending' }]);
    assert.match(other.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal((await clock.run(first)).status, 201);
    assert.equal((await proxy.post('c1', 'other@example.com')).status, 200);
    assert.equal(posts(), 1);
    assert.equal(sandbox.state.organizations[0]?.email, email);
  });

  it('creates one organization for a hundred at once', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open();
    sandbox.next({ delayMs: 500 });
    const replies = await clock.run(Promise.all(Array.from({ length: 100 }, () => proxy.post('c1', email))));
    assert.equal(statuses(replies).filter((status) => status === 201).length, 1);
    assert.equal(statuses(replies).filter((status) => status === 200).length, 99);
    const [first, ...more] = replies.map(({ body }) => ({ ...body, delivery: null }));
    for (const body of more) assert.deepEqual(body, first);
    assert.deepEqual([posts(), sandbox.state.organizations.length], [1, 1]);
  });

  it('creates one for two replicas at once', async (t) => {
    const { open, sandbox, clock, posts, tries } = await world(t);
    const replicas = [await open(), await open()];
    sandbox.next({ delayMs: 500 });
    const replies = await clock.run(
      Promise.all(Array.from({ length: 20 }, (_, turn) => replicas[turn % 2]!.post('c1', email))),
    );
    const counts = (status: number) => statuses(replies).filter((other) => other === status).length;
    assert.deepEqual([counts(201), counts(200), counts(202)], [1, 9, 10]);
    assert.deepEqual([posts(), tries.length], [1, 1]);
  });

  it('goes on when its browser leaves, and is told the next', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open();
    sandbox.next({ delayMs: 1000 });
    const gone = new AbortController();
    const left = proxy.post('c1', email, { signal: gone.signal });
    await clock.settle();
    gone.abort();
    await clock.run(left);
    assert.equal((await proxy.row('c1')).told, false);
    assert.deepEqual(statuses([await proxy.post('c1', 'other@example.com')]), [200]);
    const next = [await proxy.post('c1', email), await proxy.post('c1', email)];
    assert.deepEqual(statuses(next), [201, 200]);
    assert.equal(posts(), 1);
  });

  it('is told to the one still there when another leaves', async (t) => {
    const { open, sandbox, clock } = await world(t);
    const proxy = await open();
    sandbox.next({ delayMs: 1000 });
    const gone = new AbortController();
    const both = [proxy.post('c1', email, { signal: gone.signal }), proxy.post('c1', email)];
    await clock.settle();
    gone.abort();
    assert.equal((await clock.run(Promise.all(both)))[1]?.status, 201);
  });

  it('is told to another when one leaves while it is written', async (t) => {
    const { open, sandbox, clock } = await world(t);
    const gone = new AbortController();
    const proxy = await open({}, (store) => ({
      ...store,
      save: async (row) => {
        if (row.state === 'provisioned') gone.abort();
        return store.save(row);
      },
    }));
    sandbox.next({ delayMs: 1000 });
    const both = [proxy.post('c1', email, { signal: gone.signal }), proxy.post('c1', email)];
    assert.equal((await clock.run(Promise.all(both)))[1]?.status, 201);
    assert.equal((await proxy.post('c1', email)).status, 200);
  });

  it('is pending after 8 s, then told once', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open();
    sandbox.next('slow');
    const begun = clock.now();
    const reply = await clock.run(proxy.post('c1', email));
    assert.deepEqual([reply.status, reply.body], [202, { status: 'pending' }]);
    assert.equal(reply.headers.get('retry-after'), '2');
    assert.equal(clock.now() - begun, 8000);
    assert.deepEqual((await proxy.session('c1')).body.pending, true);
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
    assert.equal(clock.now() - begun, 10_000);
    assert.equal((await proxy.post('c1', email)).status, 200);
    assert.equal(posts(), 1);
  });

  it('is told to one who comes while it is being written', async (t) => {
    const { open, sandbox, clock } = await world(t);
    let late: Promise<Reply> | undefined;
    const proxy = await open({}, (store) => ({
      ...store,
      save: async (row) => {
        // Between the answer of Kelviq and its commit a browser comes back.
        if (row.state === 'provisioned' && !late) {
          late = proxy.post('c1', email);
          await new Promise((resolve) => void setImmediate(resolve));
        }
        return store.save(row);
      },
    }));
    sandbox.next({ delayMs: 9000 });
    assert.equal((await clock.run(proxy.post('c1', email))).status, 202);
    await clock.advance(1000);
    assert.ok(late);
    assert.equal((await late).status, 201);
    assert.equal((await proxy.post('c1', email)).status, 200);
  });
});
