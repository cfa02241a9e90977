import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { BehaviourName } from '../../demo/sandbox/scenarios.ts';
import { dice } from '../simulation/dice.ts';
import { allAgree, deliveriesOf, overlaps, startReplicas, until, type Replicas } from './replicas.ts';
import { KILLED_AT } from './failpoints.ts';
import { pause } from './site.ts';

const AT_ONCE = 100;
const POSTS: readonly BehaviourName[] = ['normal', 'lost', 'truncated', 'gateway'];

const askAll = (replicas: Replicas, customer: string) =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, turn) => replicas.ask(turn, customer)));

const isDelivered = (replicas: Replicas, customer: string) => () => deliveriesOf(replicas, customer) > 0;

/** Waits until replica 0 has stopped itself at `point`. */
const isStalled = ({ server }: Replicas, point: string) =>
  until(`it stalls at ${point}`, () =>
    server(0).output().includes(`"event":"${KILLED_AT}","point":"${point}"`),
  );

const hasStopped = ({ server }: Replicas) =>
  until('the stalled one lets go', () => server(0).output().includes('"event":"work_stopped"'));

describe('two replicas', () => {
  it('give 100 requests of one customer one answer', async (t) => {
    const replicas = await startReplicas(t);
    for (let round = 0; round < 8; round++) {
      const customer = `c${round}`;
      replicas.sandbox.script({ subject: customer, method: 'POST' }, [POSTS[round % 4] ?? 'normal']);
      const told = await askAll(replicas, customer);
      allAgree(replicas, customer, [...told, await replicas.insist(customer)]);
      await until('it is delivered', isDelivered(replicas, customer));
      assert.deepEqual(overlaps(replicas.sandbox, customer), []);
      const posts = replicas.sandbox.state.requests.filter(
        ({ method, externalId }) => method === 'POST' && externalId === customer,
      );
      assert.equal(posts.length, 1);
    }
    await pause(500);
    assert.equal(replicas.receiver.events.length, 8, 'each is delivered once');
    t.diagnostic(`measured: ${8 * AT_ONCE} requests for 8 customers`);
  });

  it('agree while one is killed or stalled in turn', async (t) => {
    const replicas = await startReplicas(t);
    const throws = dice(7);
    for (let round = 0; round < 8; round++) {
      const customer = `c${round}`;
      const victim = replicas.server(round);
      const isKill = round % 4 < 2;
      replicas.sandbox.script({ subject: customer, method: 'POST' }, [
        throws.pick(POSTS),
        throws.pick(POSTS),
      ]);
      const asking = askAll(replicas, customer);
      await pause(throws.between(20, 250));
      victim.signal(isKill ? 'SIGKILL' : 'SIGSTOP');
      // Longer than its lease lasts by the clock that all of them run on.
      if (!isKill) await pause(4000);
      if (!isKill) victim.signal('SIGCONT');
      const told = await asking;
      if (isKill) await replicas.restart(round);
      allAgree(replicas, customer, [...told, await replicas.insist(customer)]);
      await until('it is delivered', isDelivered(replicas, customer));
    }
    t.diagnostic('measured: 4 kills and 4 stalls');
  });
});

describe('a replica that stalls past its lease', () => {
  it('before its POST sends none', async (t) => {
    const replicas = await startReplicas(t);
    await replicas.server(0).arm('after begin#1#SIGSTOP');
    const asked = replicas.ask(0, 'c1');
    await isStalled(replicas, 'after begin');
    await until('the other has looked', () => replicas.server(1).output().includes('"observation":"absent"'));
    replicas.server(0).signal('SIGCONT');
    await hasStopped(replicas);
    const { requests } = replicas.sandbox.state;
    assert.equal(requests.filter(({ method }) => method === 'POST').length, 0);
    allAgree(replicas, 'c1', [await asked, await replicas.insist('c1')]);
    assert.equal(requests.filter(({ method }) => method === 'POST').length, 1);
  });

  it('while Kelviq answers writes and delivers nothing', async (t) => {
    const replicas = await startReplicas(t);
    replicas.sandbox.script({ subject: 'c1', method: 'POST' }, [{ delayMs: 1000 }]);
    const asked = replicas.ask(0, 'c1');
    await until('Kelviq is at work', () => replicas.sandbox.state.organizations.length === 1);
    replicas.server(0).signal('SIGSTOP');
    await until('the other delivers', isDelivered(replicas, 'c1'));
    await until('it is at rest', async () => (await replicas.server(1).busy())?.length === 0);
    const taken = await replicas.server(1).rows();
    replicas.server(0).signal('SIGCONT');
    await hasStopped(replicas);
    allAgree(replicas, 'c1', [await asked, await replicas.insist('c1')]);
    const now = await replicas.server(1).rows();
    assert.deepEqual([now?.[0]?.fence, now?.[0]?.state], [taken?.[0]?.fence, 'delivered']);
    assert.equal(deliveriesOf(replicas, 'c1'), 1);
  });

  it('before its delivery leaves it to the other', async (t) => {
    const replicas = await startReplicas(t);
    await replicas.server(0).arm('after save provisioned#1#SIGSTOP');
    const asked = replicas.ask(0, 'c1');
    await isStalled(replicas, 'after save provisioned');
    await until('the other delivers', isDelivered(replicas, 'c1'));
    await until('it is at rest', async () => (await replicas.server(1).busy())?.length === 0);
    replicas.server(0).signal('SIGCONT');
    await hasStopped(replicas);
    allAgree(replicas, 'c1', [await asked, await replicas.insist('c1')]);
    assert.equal(deliveriesOf(replicas, 'c1'), 1);
  });
});
