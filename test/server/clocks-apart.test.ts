/** Clocks of machines are apart, and one store is between them. */
import assert from '../support/assert.ts';
import { describe, it, type TestContext } from 'node:test';
import type { Clock } from '../../proxy/clock.ts';
import { serverClock } from '../../proxy/postgres/clock.ts';
import { openStore } from '../../proxy/store-url.ts';
import { solvedPayload } from '../support/challenge.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { postgresAddress } from '../support/postgres.ts';
import { post, start } from '../support/sandbox.ts';
import { signupRow } from '../support/signup-row.ts';
import { runBin } from '../support/terminal.ts';
import { anyone, codeOf, visitors } from '../support/visitors.ts';
import { world } from '../support/world.ts';

const MINUTE = 60_000;
const email = 'owner@example.com';

/** Sets this machine's clock ahead until the test ends, or until what it gives is called. */
function setAhead(t: TestContext, ms: number): () => void {
  const { now } = Date;
  const { mock } = t.mock.method(Date, 'now', () => now() + ms);
  return () => mock.restore();
}

/** A world with one replica of its own time, and one that is ahead and knows it. */
async function replicas(t: TestContext) {
  const { open, ...rest } = await world(t);
  const ahead: Clock = { now: () => rest.clock.now() + MINUTE, sleep: rest.clock.sleep };
  const one = await open();
  const other = await open({ clock: ahead }, (store) => ({ ...store, aheadMs: () => -MINUTE }));
  return { ...rest, one, other };
}

describe('a replica whose clock is a minute ahead', () => {
  it('sends no second POST while another has a row in hand', async (t) => {
    const { clock, sandbox, one, other, posts } = await replicas(t);
    sandbox.next({ delayMs: 6000 });
    const reply = one.post('c1', email);
    await clock.advance(2000);
    assert.equal((await other.post('c1', email)).status, 202);
    assert.equal((await clock.run(reply)).status, 201);
    assert.equal((await other.post('c1', email)).status, 200);
    assert.equal(posts('c1'), 1);
  });

  it('takes up nothing that another has in hand', async (t) => {
    const { clock, sandbox, one, other, tries } = await replicas(t);
    sandbox.next({ delayMs: 6000 });
    other.start();
    const reply = one.post('c1', email);
    assert.equal((await clock.run(reply)).status, 201);
    await clock.advance(5000);
    assert.equal(tries.length, 1);
    assert.deepEqual(
      one.lines.filter(({ event }) => event === 'work_stopped'),
      [],
    );
  });

  it('breaks no lease before it has asked for the time', async (t) => {
    const { clock, open, sandbox } = await world(t);
    const one = await open();
    let back = 0;
    let aheadMs = 0;
    const other = await open({ clock: { now: () => clock.now() - back, sleep: clock.sleep } }, (store) => ({
      ...store,
      nextDue: () => ((aheadMs = back), store.nextDue()),
      aheadMs: () => aheadMs,
    }));
    sandbox.next({ delayMs: 6000 });
    const reply = one.post('c1', email);
    await clock.advance(1000);
    back = 120 * MINUTE;
    other.start();
    await clock.advance(2000);
    assert.deepEqual(other.lines, []);
    assert.equal((await clock.run(reply)).status, 201);
  });
});

describe('a machine whose clock is six minutes ahead of its database', () => {
  it('takes the challenges that it has made', async (t) => {
    // ALTCHA looks at the real time.
    const { open } = await world(t, new FakeClock(Date.now()));
    const proxy = await open({ openSignup: true, challenge: 'open', challengeDifficulty: 3 }, (store) => ({
      ...store,
      aheadMs: () => -6 * MINUTE,
    }));
    const { challenge, post: signUp } = visitors(proxy);
    const key = anyone();
    const solved = await solvedPayload(await challenge(key));
    assert.equal(codeOf(await signUp(key, solved)), '201');
    assert.equal(codeOf(await signUp(anyone(), solved)), '403 challenge_failed');
  });
});

describe("PostgreSQL's clock", () => {
  it('corrects the machine only as far as is certain', async () => {
    let now = 0;
    const { aheadMs, seen } = serverClock(() => now);
    const ask = (time: number, tookMs: number) => seen(async () => ((now += tookMs), [[null, time]]));
    await ask(40, 100);
    assert.equal(aheadMs(), 0, 'the answer was 100 ms on its way');
    await ask(60_150, 100);
    assert.equal(aheadMs(), 59_950);
    await ask(60_200, 10);
    assert.equal(aheadMs(), 59_990);
    now += 3_600_000;
    await ask(60_300, 10);
    assert.equal(aheadMs(), 60_300 - 3_600_210, 'the machine’s clock was set ahead');
  });

  it('is what a store on it goes by', async (t) => {
    const restore = setAhead(t, MINUTE);
    const store = openStore(await postgresAddress(t));
    t.after(() => store.close());
    await store.open();
    assert.ok(Math.abs((store.aheadMs?.() ?? 0) + MINUTE) < 5000);
    restore();
    await store.nextDue();
    assert.ok(Math.abs(store.aheadMs?.() ?? MINUTE) < 5000);
  });

  it('is what commands beside a server go by', async (t) => {
    const sandbox = await start();
    const address = await postgresAddress(t);
    const store = openStore(address);
    t.after(() => store.close());
    await store.open();
    await post(sandbox, { externalId: 'c1', email });
    const until = Date.now() + MINUTE / 2;
    await store.begin(signupRow('c1', { leaseUntil: until, dueAt: until }), null, [], Date.now());
    setAhead(t, MINUTE);
    const env = {
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      DATABASE_URL: address,
    };
    assert.match((await runBin(['deliveries', 'retry', 'c1'], env)).err, /in hand right now/);
    assert.match((await runBin(['reconcile', '--yes'], env)).out, /^in_hand /m);
  });
});
