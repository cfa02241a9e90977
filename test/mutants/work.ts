/** Mechanisms of work under leases, of its worker, and of what they share. */
import type { Mutant } from './mutant.ts';

const WORK = 'proxy/work.ts';

/** Mutants of who works on a row, and for how long. */
export const WORK_MUTANTS: readonly Mutant[] = [
  {
    mechanism: 'leases are renewed',
    file: WORK,
    text: '      void renewLeases();\n',
    instead: '',
    test: 'test/server/onboarding-attempts.test.ts',
    title: 'is no reason to take a lease that is renewed',
  },
  {
    mechanism: 'takeover within 15 s',
    file: WORK,
    text: 'LEASE_MS = 12_000',
    instead: 'LEASE_MS = 30_000',
    test: 'test/server/onboarding-attempts.test.ts',
    title: 'takes over what a crashed process left within 15 s',
  },
  {
    mechanism: 'the lease is checked before a POST',
    file: WORK,
    text: '        if (isOver(task, postEnd(task))) return null;\n',
    instead: '',
    test: 'test/server/onboarding-attempts.test.ts',
    title: 'sends nothing after the end of its lease',
  },
  {
    mechanism: 'no POST long after its attempt',
    file: WORK,
    text: 'return Math.min(row.leaseUntil, row.attemptedAt + LEASE_MS);',
    instead: 'return row.leaseUntil;',
    test: 'test/server/onboarding-attempts.test.ts',
    title: 'sends nothing long after its attempt',
  },
  {
    mechanism: 'the lease is checked before a delivery',
    file: WORK,
    text: 'return isOver(task) ? null : deliverOnce(row, effect.serverKey);',
    instead: 'return deliverOnce(row, effect.serverKey);',
    test: 'test/server/onboarding-attempts.test.ts',
    title: 'delivers nothing after the end of its lease',
  },
  {
    mechanism: 'a lost lease ends the work',
    file: WORK,
    text: "if (!(await commit(task, after, resting))) return lost(task, before.state, 'lease_lost');",
    instead: 'await commit(task, after, resting);',
    test: 'test/server/onboarding-attempts.test.ts',
    title: 'writes nothing once its lease was taken',
  },
  {
    mechanism: 'a lease from before the clock was set back is renewed',
    file: WORK,
    text: 'Math.abs(until - row.leaseUntil) > RENEW_EVERY_MS / 2',
    instead: 'row.leaseUntil < until - RENEW_EVERY_MS / 2',
    test: 'test/server/clock-set-back.test.ts',
    title: 'keeps a lease as long as any other',
  },
  {
    mechanism: 'rows that a wrong clock dated are brought back',
    file: 'proxy/worker.ts',
    text: '    await rewind();\n',
    instead: '',
    test: 'test/server/clock-set-back.test.ts',
    title: 'holds no row of a crashed process',
  },
  {
    mechanism: 'deliveries at once are bounded',
    file: 'proxy/slots.ts',
    text: 'if (busy >= limit) await',
    instead: 'if (busy >= limit * 1000) await',
    test: 'test/server/lifecycle-delivery.test.ts',
    title: 'go out concurrently, a bounded number at once',
  },
  {
    mechanism: 'one of the browsers is told of the creation',
    file: 'proxy/waiters.ts',
    text: 'waiter.resolve({ ...told, first: waiter === chosen })',
    instead: 'waiter.resolve({ ...told, first: true })',
    test: 'test/server/waiters.test.ts',
    title: 'tells everybody the same, the creation to one',
  },
  {
    mechanism: 'reconcile without --yes writes nothing',
    file: 'proxy/reconcile.ts',
    text: 'const done = apply && (await enter(organization, externalId, row));',
    instead: 'const done = await enter(organization, externalId, row);',
    test: 'test/server/reconcile-command.test.ts',
    title: 'writes nothing without --yes',
  },
  {
    mechanism: 'fencing numbers that no row took are offered again',
    file: 'proxy/worker.ts',
    text: '    spare.push(...fences.filter((fence) => !used.has(fence)));\n',
    instead: '',
    test: 'test/server/fence.test.ts',
    title: 'are offered again when no row took them',
  },
];
