import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { world, type Reply } from '../support/world.ts';

const email = 'owner@example.com';
const other = 'other@example.com';
const facts = ({ status, body }: Reply) => [status, body.code];
const MINUTE = 60_000;

describe('a refusal by Kelviq (5, 6)', () => {
  it('is a 200 when a read finds the organization', async (t) => {
    const { open, sandbox, clock, tries } = await world(t);
    const proxy = await open();
    sandbox.next({ answer: { status: 409, body: {} } });
    const reply = await proxy.post('c1', email);
    assert.equal(reply.status, 200);
    await clock.settle();
    assert.deepEqual([tries[0]?.event.data.email, tries[0]?.event.data.businessName], [null, null]);
    assert.equal(tries[0]?.event.data.serverKey, sandbox.state.organizations[0]?.serverKey);
  });

  it('adopts what an earlier loss of the database left', async (t) => {
    const { open, sandbox, clock, tries } = await world(t);
    await fetch(`${sandbox.url}/partner/organizations/`, {
      method: 'POST',
      headers: { 'x-kelviq-partner-key': sandbox.partnerKey, 'content-type': 'application/json' },
      body: JSON.stringify({ externalId: 'c1', email }),
    });
    const proxy = await open();
    assert.equal((await proxy.post('c1', email)).status, 200);
    await clock.settle();
    assert.deepEqual([tries.length, tries[0]?.event.data.email], [1, null]);
  });

  it('stands for 10 minutes for the same e-mail', async (t) => {
    const { open, sandbox, clock, posts, disk } = await world(t);
    const proxy = await open();
    sandbox.state.users.add(email);
    const first = await proxy.post('c1', email);
    assert.deepEqual(facts(first), [409, 'email_taken']);
    assert.deepEqual(first.body.errors?.[0]?.pointer, '/email');
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.email, row.businessName], ['refused', null, null]);
    await clock.advance(10 * MINUTE - 1);
    assert.deepEqual(facts(await proxy.post('c1', email)), [409, 'email_taken']);
    assert.equal(posts(), 1);
    await clock.advance(1);
    sandbox.state.users.delete(email);
    assert.equal((await proxy.post('c1', email)).status, 201);
    assert.equal(posts(), 2);
    await clock.settle();
    await proxy.run();
    assert.ok(!disk().includes(email));
  });

  it('forgets whose it was when it no longer stands', async (t) => {
    const { open, sandbox, clock } = await world(t);
    const proxy = await open();
    sandbox.state.users.add(email);
    await proxy.post('c1', email);
    const { emailHash } = await proxy.row('c1');
    await clock.advance(10 * MINUTE - 1);
    await clock.run(proxy.run());
    assert.equal((await proxy.row('c1')).emailHash, emailHash);
    await clock.advance(1);
    await clock.run(proxy.run());
    const row = await proxy.row('c1');
    assert.deepEqual([row.state, row.emailHash, row.dueAt], ['refused', null, null]);
    sandbox.state.users.clear();
    assert.equal((await proxy.post('c1', email)).status, 201);
  });

  it('delivers what it had just made and could not see', async (t) => {
    const { open, sandbox, clock, posts, tries } = await world(t);
    const proxy = await open();
    sandbox.script({ subject: 'c1', method: 'POST' }, [{ answer: { status: 409, body: {} } }]);
    sandbox.script({ subject: 'c1', method: 'GET' }, ['not-found', 'unavailable']);
    assert.deepEqual(facts(await proxy.post('c1', email)), [409, 'email_taken']);
    // Nobody comes back; the first look after it has no answer.
    await clock.advance(10 * MINUTE);
    await clock.run(proxy.run());
    assert.deepEqual([(await proxy.row('c1')).state, tries.length], ['refused', 0]);
    await clock.advance(MINUTE);
    await clock.run(proxy.run());
    assert.equal((await proxy.row('c1')).state, 'delivered');
    assert.deepEqual([posts(), tries.length], [1, 1]);
    const [made] = sandbox.state.organizations;
    assert.deepEqual([tries[0]?.event.data.serverKey, tries[0]?.event.data.email], [made?.serverKey, null]);
  });

  it('lets another e-mail open a new attempt', async (t) => {
    const { open, sandbox, posts, clock, tries } = await world(t);
    const proxy = await open();
    sandbox.state.users.add(email);
    await proxy.post('c1', email);
    assert.equal((await proxy.post('c1', other)).status, 201);
    await clock.settle();
    assert.deepEqual([posts(), tries[0]?.event.data.email], [2, other]);
  });

  for (const [name, status] of [
    ['invalid', 400],
    ['unprocessable', 422],
  ] as const)
    it(`is a 422 after Kelviq's ${status}`, async (t) => {
      const { open, sandbox, posts } = await world(t);
      const proxy = await open();
      sandbox.next(name);
      assert.deepEqual(facts(await proxy.post('c1', email)), [422, 'validation_failed']);
      assert.deepEqual(facts(await proxy.post('c1', email)), [422, 'validation_failed']);
      assert.equal(posts(), 1);
    });

  it('waits for 120 s after a doubtful attempt', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open();
    sandbox.script({ method: 'POST' }, ['lost-before', 'taken']);
    const begun = clock.now();
    const statuses = new Set<number>();
    let reply = await clock.run(proxy.post('c1', email));
    while (reply.status === 202) {
      statuses.add(reply.status);
      await clock.advance(2000);
      reply = await clock.run(proxy.post('c1', email));
    }
    assert.deepEqual(facts(reply), [409, 'email_taken']);
    const waited = clock.now() - begun;
    assert.ok(waited >= 120_000 && waited < 132_000, `${waited} ms`);
    assert.deepEqual([posts(), [...statuses]], [2, [202]]);
  });

  it('is withdrawn when the organization appears after all', async (t) => {
    const { open, sandbox, clock, tries } = await world(t);
    const proxy = await open();
    sandbox.script({ method: 'POST' }, ['lost-before', 'taken']);
    await clock.run(proxy.post('c1', email));
    await clock.advance(30_000);
    await clock.run(proxy.post('c1', email));
    // The lost POST lands late, as one that a gateway held back.
    await fetch(`${sandbox.url}/partner/organizations/`, {
      method: 'POST',
      headers: { 'x-kelviq-partner-key': sandbox.partnerKey, 'content-type': 'application/json' },
      body: JSON.stringify({ externalId: 'c1', email: other }),
    });
    const reply = await clock.run(proxy.post('c1', email));
    assert.equal(reply.status, 200);
    await clock.settle();
    assert.deepEqual([tries.length, tries[0]?.event.data.email], [1, null]);
  });
});

describe('a partner key that Kelviq refuses (10)', () => {
  for (const step of ['unauthorized', 'forbidden'] as const)
    it(`is a 503 and keeps the row: ${step}`, async (t) => {
      const { open, sandbox, posts, clock, tries } = await world(t);
      const proxy = await open();
      sandbox.next(step, step, step);
      assert.equal((await proxy.state()).partnerKey, 'unknown');
      const reply = await proxy.post('c1', email);
      assert.deepEqual(facts(reply), [503, 'not_available']);
      assert.match(reply.headers.get('retry-after') ?? '', /^\d+$/);
      assert.deepEqual(await proxy.state(), { store: 'ok', partnerKey: 'refused' });
      assert.equal((await proxy.row('c1')).state, 'requested');
      assert.deepEqual(facts(await proxy.post('c1', email)), [503, 'not_available']);
      await clock.advance(60_000);
      await clock.run(proxy.run());
      assert.equal((await proxy.row('c1')).state, 'requested');
      assert.equal(posts(), 1);
      assert.equal((await proxy.post('c1', email)).status, 201);
      await clock.settle();
      assert.deepEqual([posts(), tries.length], [2, 1]);
      assert.equal((await proxy.state()).partnerKey, 'ok');
    });

  it('is said in the log', async (t) => {
    const { open, sandbox } = await world(t);
    const proxy = await open();
    sandbox.state.partnerKeys.clear();
    await proxy.post('c1', email);
    assert.ok(proxy.lines.some(({ code }) => code === 'partner_key_refused'));
  });
});

describe('an answer that cannot be used', () => {
  for (const step of ['not-found', 'precondition', 'redirect'] as const)
    it(`is a 502, and the next request tries again: ${step}`, async (t) => {
      const { open, sandbox, posts } = await world(t);
      const proxy = await open();
      sandbox.next(step);
      assert.deepEqual(facts(await proxy.post('c1', email)), [502, 'upstream_failed']);
      assert.equal((await proxy.post('c1', email)).status, 201);
      assert.deepEqual([posts(), sandbox.state.organizations.length], [2, 1]);
    });

  for (const [step, status] of [
    ['precondition', 502],
    ['forbidden', 503],
    ['rate-limited', 503],
  ] as const)
    it(`is the answer for two seconds, whoever asks, once it came twice: ${step}`, async (t) => {
      const { open, sandbox, clock } = await world(t);
      const proxy = await open();
      const asked = () => proxy.lines.filter(({ event }) => event === 'kelviq_asked').length;
      sandbox.script({ method: 'POST' }, [step, step]);
      for (let turn = 0; turn < 2; turn++) assert.equal((await proxy.post('c1', email)).status, status);
      const before = asked();
      for (let turn = 0; turn < 20; turn++) assert.equal((await proxy.post('c1', email)).status, status);
      assert.equal(asked(), before);
      await clock.advance(2000);
      assert.equal((await proxy.post('c1', email)).status, 201);
    });

  it('stands as well when it came to those who asked with another e-mail', async (t) => {
    const { open, sandbox, clock, posts } = await world(t);
    const proxy = await open();
    sandbox.script({ method: 'POST' }, ['precondition', 'precondition', 'precondition']);
    assert.equal((await proxy.post('c1', email)).status, 502);
    assert.equal((await proxy.post('c1', other)).status, 202);
    await clock.settle();
    for (let turn = 0; turn < 20; turn++) {
      assert.equal((await proxy.post('c1', other)).status, 502);
      await clock.settle();
    }
    assert.equal(posts(), 2);
  });

  for (const step of ['null-echo', 'wrong-echo'] as const)
    it(`is never delivered nor sent again: ${step}`, async (t) => {
      const { open, sandbox, posts, clock, tries } = await world(t);
      const proxy = await open();
      sandbox.script('c1', Array(40).fill(step));
      const reply = await clock.run(proxy.post('c1', email));
      assert.deepEqual(facts(reply), [502, 'upstream_failed']);
      const row = await proxy.row('c1');
      assert.deepEqual([row.state, row.organizationIdentifier], ['attention', null]);
      for (let hour = 0; hour < 6; hour++) {
        await clock.advance(3_600_000);
        await clock.run(proxy.run());
      }
      assert.deepEqual(facts(await clock.run(proxy.post('c1', email))), [502, 'upstream_failed']);
      assert.deepEqual([posts(), tries.length], [1, 0]);
    });

  it('is told to whoever returns after it was forgotten, and counts again', async (t) => {
    const { open, sandbox, posts, clock, tries } = await world(t);
    const proxy = await open();
    const post = () => clock.run(proxy.post('c1', other));
    const body = { organizationIdentifier: 'org-1', partnerExternalId: null };
    sandbox.script(
      'c1',
      [201, ...Array<number>(8).fill(200)].map((status) => ({ commits: false, answer: { status, body } })),
    );
    await clock.run(proxy.post('c1', email));
    for (let visit = 0; visit < 2; visit++) {
      assert.equal(await clock.run(proxy.store.forget('c1')), true);
      assert.deepEqual(await proxy.store.backlog(), []);
      if (visit > 0) break;
      assert.deepEqual(facts(await post()), [502, 'upstream_failed']);
      assert.equal((await proxy.store.backlog())[0]?.count, 1);
    }
    // Kelviq has mended it: there is nothing of this customer any more.
    sandbox.script('c1', []);
    await clock.advance(600_000);
    assert.equal((await post()).status, 202);
    assert.equal(posts(), 1);
    assert.equal((await post()).status, 201);
    await clock.settle();
    assert.deepEqual([posts(), tries.length], [2, 1]);
  });

  it('is mended by a read with the right echo', async (t) => {
    const { open, sandbox, clock, tries } = await world(t);
    const proxy = await open();
    sandbox.next('null-echo');
    assert.equal((await proxy.post('c1', email)).status, 201);
    await clock.settle();
    assert.deepEqual([tries.length, tries[0]?.event.data.email], [1, email]);
  });

  it('is mended later when the reads after it fail', async (t) => {
    const { open, sandbox, clock, tries, posts } = await world(t);
    const proxy = await open();
    sandbox.script({ method: 'POST' }, ['null-echo']);
    sandbox.script({ method: 'GET' }, Array(6).fill('error'));
    assert.equal((await clock.run(proxy.post('c1', email))).status, 202);
    await clock.advance(60_000);
    await clock.run(proxy.run());
    assert.deepEqual([posts(), tries.length], [1, 1]);
  });
});

it('needs a person when nothing has appeared for 24 h (7)', async (t) => {
  const { open, sandbox, clock, posts } = await world(t);
  const proxy = await open();
  sandbox.script({ method: 'POST' }, ['lost-before']);
  await clock.run(proxy.post('c1', email));
  for (let hour = 0; hour < 23; hour++) {
    await clock.advance(3_600_000);
    await clock.run(proxy.run());
  }
  assert.equal((await proxy.row('c1')).state, 'requested');
  await clock.advance(3_600_000);
  await clock.run(proxy.run());
  const row = await proxy.row('c1');
  assert.deepEqual([row.state, row.dueAt, row.email], ['attention', null, email]);
  assert.equal(posts(), 1, 'the worker only reads');
  assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
});
