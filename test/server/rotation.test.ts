import assert from '../support/assert.ts';
import { describe, it, type TestContext } from 'node:test';
import { Secret } from '../../proxy/secret.ts';
import { world, type World } from '../support/world.ts';

const email = 'owner@example.com';
const NEW = 'kvqp_sandbox_the_new_one';

/** A proxy whose key may change; the sandbox takes `sandbox.partnerKey` alone. */
async function rotatable(t: TestContext) {
  const w = await world(t);
  const key = { now: new Secret(w.sandbox.partnerKey), next: null as Secret | null, asked: 0 };
  const proxy = await w.open({
    partnerKey: () => key.now,
    partnerKeyRefused: async () => {
      key.asked++;
      key.now = key.next ?? key.now;
    },
  });
  return { ...w, key, proxy };
}

/** The sandbox takes another key from now on: any request with the old one is a 401. */
function replaced(sandbox: World['sandbox']): void {
  sandbox.state.partnerKeys.clear();
  sandbox.state.partnerKeys.add(NEW);
}

describe('a partner key that was replaced', () => {
  it('is looked for after a 401, and the POST sent once more', async (t) => {
    const { proxy, key, sandbox } = await rotatable(t);
    replaced(sandbox);
    key.next = new Secret(NEW);
    assert.equal((await proxy.post('c1', email)).status, 201);
    assert.deepEqual(
      sandbox.state.requests.map(({ method, status }) => [method, status]),
      [
        ['POST', 401],
        ['POST', 201],
      ],
    );
    assert.equal(sandbox.state.organizations.length, 1);
    assert.equal((await proxy.state()).partnerKey, 'ok');
  });

  it('is looked for once a request, and in vain is in vain', async (t) => {
    const { proxy, key, sandbox, clock } = await rotatable(t);
    replaced(sandbox);
    assert.equal((await proxy.post('c1', email)).status, 503);
    assert.deepEqual([key.asked, sandbox.state.requests.length], [1, 1]);
    assert.equal((await proxy.state()).partnerKey, 'refused');
    key.next = new Secret(NEW);
    await clock.advance(31_000);
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
    assert.equal(sandbox.state.organizations.length, 1);
  });

  it('is refused while it may read and create nothing (403)', async (t) => {
    const { proxy, key, sandbox, clock } = await rotatable(t);
    const state = async () => (await proxy.state()).partnerKey;
    const read = async () => {
      await clock.advance(60_000);
      await clock.run(proxy.run());
      assert.deepEqual(
        [sandbox.state.requests.at(-1)?.method, sandbox.state.requests.at(-1)?.status],
        ['GET', 404],
      );
    };
    sandbox.next('forbidden');
    assert.equal((await proxy.post('c1', email)).status, 503);
    await read();
    assert.equal(await state(), 'refused');
    sandbox.state.partnerKeys.add(NEW);
    key.now = new Secret(NEW);
    await read();
    assert.equal(await state(), 'ok', 'nothing of the kind is known of the new one');
    sandbox.next('forbidden');
    assert.equal((await proxy.post('c2', 'other@example.com')).status, 503);
    assert.equal((await proxy.post('c2', 'other@example.com')).status, 201);
    assert.equal(await state(), 'ok');
  });

  it('is looked for by every request that was under way', async (t) => {
    const { proxy, key, sandbox } = await rotatable(t);
    replaced(sandbox);
    key.next = new Secret(NEW);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => proxy.post(`c${index}`, `owner${index}@example.com`)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  });

  it('keeps the same answer for the same e-mail', async (t) => {
    const { proxy, key, posts } = await rotatable(t);
    assert.equal((await proxy.post('c1', 'taken@example.com')).status, 409);
    key.now = new Secret(NEW);
    const again = await proxy.post('c1', 'Taken@example.com');
    assert.deepEqual([again.status, again.body.code], [409, 'email_taken']);
    assert.equal(posts('c1'), 1);
  });

  it('still tells who made it that it was created', async (t) => {
    const { proxy, key, sandbox, clock } = await rotatable(t);
    sandbox.next('slow');
    assert.equal((await clock.run(proxy.post('c1', email))).status, 202, 'the outcome takes 10 s');
    key.now = new Secret(NEW);
    sandbox.state.partnerKeys.add(NEW);
    assert.equal((await clock.run(proxy.post('c1', email))).status, 201);
  });
});
