/**
 * Plays one schedule: what goes wrong, when, and who asks meanwhile follow from its seed. First
 * everything fails as it likes, perhaps in bursts that lie hours apart, then all is well again, most ask
 * once more, and time passes until nothing is left to do.
 */
import type { Store } from '../../proxy/store.ts';
import { session, visit } from './browser.ts';
import { dice, type Dice } from './dice.ts';
import { Kelviq } from './kelviq.ts';
import { loseDatabase } from './lost-database.ts';
import { freeze, jump, kill, stop } from './mishaps.ts';
import { operate, recall } from './operator.ts';
import { Receiver } from './receiver.ts';
import { startReplica, type Replica, type Surroundings } from './replica.ts';
import { BEGIN, SimulatedTime } from './time.ts';
import { Witness } from './witness.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
/** All is well again for longer than a lease and its takeover last; what a wrong clock wrote takes a minute more. */
const RECOVERY_MS = 16 * SECOND;
const REWIND_MS = 60 * SECOND;
/** Beyond the last delivery try, and beyond the wait that a receiver may ask for. */
const LONGEST_WAIT_MS = 200 * HOUR;
const MOST_ASKED = 12;
/** Between bursts of trouble: until a refusal may be given, until it is over, and until a person is needed. */
const LULLS_MS = [100 * SECOND, 598 * SECOND, HOUR, 23.99 * HOUR, 25 * HOUR] as const;

/** What became of a schedule; `wrongs` is empty where every rule held. */
export type Played = { seed: number; wrongs: readonly string[]; trace: readonly string[]; stats: Stats };

/** What schedules met, for a sum over all. */
export type Stats = { organizations: number; deaths: number; deliveries: number; answers: number };

class Schedule {
  readonly time = new SimulatedTime();
  readonly trace: string[] = [];
  readonly throws: Dice;
  readonly store: Store;
  readonly kelviq: Kelviq;
  readonly receiver: Receiver;
  readonly witness: Witness;
  readonly around: Surroundings;
  readonly replicas: Replica[] = [];
  readonly customers: string[];
  readonly jumps: boolean;
  deaths = 0;
  healed = false;
  /** Visits under way. */
  visiting = 0;
  readonly restarting = new Set<Replica>();
  /** Who has been asked to stop. */
  readonly stopping = new Set<Replica>();

  constructor(seed: number, store: Store, spoil: Spoil) {
    const { time } = this;
    this.store = store;
    const throws = (this.throws = dice(seed));
    this.jumps = throws.chance(0.25);
    const say = (line: string) => void this.trace.push(`${(time.elapsed / SECOND).toFixed(3)} ${line}`);
    this.kelviq = new Kelviq(time, throws, {
      posting: (machine, externalId, email) => {
        const replica = this.replicas.find((one) => one.machine === machine);
        if (replica) void this.witness.posting(replica, externalId, email);
      },
      repeated: (externalId) => this.witness.repeated(externalId),
      say,
    });
    this.receiver = new Receiver(time, throws, say);
    this.witness = new Witness({
      kelviq: this.kelviq,
      receiver: this.receiver,
      store,
      exact: !this.jumps,
    });
    this.customers = Array.from({ length: throws.between(1, 3) }, (_, index) => `c${index + 1}`);
    this.around = {
      time,
      dice: throws,
      kelviq: this.kelviq,
      receiver: this.receiver,
      store: this.witness.watched(spoil(store)),
      storeTrouble: {
        crashes: throws.pick([0, 0.005, 0.02, 0.05]),
        stalls: throws.pick([0, 0, 0.01, 0.03]),
        failures: throws.pick([0, 0, 0.02, 0.05]),
      },
      log: (level, event, fields) => this.witness.log(JSON.stringify({ level, event, ...fields })),
      say,
    };
    this.kelviq.trouble = throws.pick([0, 0.2, 0.5, 0.8]);
    this.receiver.trouble = throws.pick([0, 0.2, 0.5, 0.8]);
    this.kelviq.users.add('taken@example.com');
    this.kelviq.unacceptable.add('bad@example.com');
  }

  say = (line: string): void => this.around.say(line);

  start(offset = 0): void {
    this.replicas.push(startReplica(this.around, this.replicas.length + 1, offset));
  }

  get living(): Replica[] {
    return this.replicas.filter(({ machine }) => machine.alive);
  }

  /** One step of time, after which nothing may have gone wrong. */
  async step(): Promise<boolean> {
    return (await this.time.step()) && this.witness.wrongs.length === 0;
  }

  emailOf(customer: string): string {
    const { throws } = this;
    if (throws.chance(0.08)) return 'taken@example.com';
    if (throws.chance(0.05)) return 'bad@example.com';
    // Another one of their own, or one that somebody else has too.
    if (throws.chance(0.1)) return `${customer}-other@example.com`;
    return throws.chance(0.05) ? 'c1@example.com' : `${customer}@example.com`;
  }

  async ask(customer: string, email: string, leavesAfterMs?: number): Promise<number | null> {
    const { throws, time, living } = this;
    if (living.length === 0) return null;
    const replica = throws.pick(living);
    this.visiting++;
    const heard = await visit(time, replica, { customer, email, ...(leavesAfterMs && { leavesAfterMs }) });
    this.visiting--;
    this.say(`${customer} by ${email} hears ${heard?.status ?? 'nothing'}`);
    if (heard) await this.witness.answer(heard);
    return heard?.status ?? null;
  }

  /** A customer on their page: asks, asks again while it is pending, and perhaps leaves. */
  visitAt(atMs: number, customer: string): void {
    const { throws } = this;
    const email = this.emailOf(customer);
    const leavesAfterMs = throws.chance(0.2) ? throws.between(1, 9000) : undefined;
    const again = throws.between(0, 4);
    const come = async (left: number): Promise<void> => {
      const status = await this.ask(customer, email, leavesAfterMs);
      if (left > 0 && (status === null || status === 202 || status >= 502))
        this.time.after(throws.between(200, 6000), null, () => void come(left - 1));
      else if (throws.chance(0.3)) await this.look(customer);
    };
    this.time.after(atMs, null, () => void come(again));
  }

  async look(customer: string): Promise<void> {
    const { throws, time, living } = this;
    if (living.length === 0) return;
    const seen = await session(time, throws.pick(living), customer);
    if (seen?.organization?.delivery === 'delivered') {
      const arrived = this.receiver.stored.some(({ data }) => data.externalId === customer);
      if (!arrived) this.witness.wrongs.push(`${customer}: the session says delivered, nothing arrived`);
    }
  }

  /** Everything that goes wrong by itself within `forMs`. */
  plan(forMs: number): void {
    const { throws, time } = this;
    for (const customer of this.customers)
      for (let visits = throws.between(1, 4); visits > 0; visits--)
        this.visitAt(throws.between(0, forMs), customer);
    const perhaps = (share: number, most: number, what: () => void) => {
      for (let left = throws.chance(share) ? throws.between(1, most) : 0; left > 0; left--)
        time.after(throws.between(0, forMs), null, what);
    };
    perhaps(0.4, 3, () => freeze(this));
    perhaps(0.5, 3, () => kill(this));
    perhaps(this.jumps ? 1 : 0, 4, () => jump(this));
    perhaps(0.3, 3, () => void stop(this));
    perhaps(0.3, 5, () => void operate(this));
    perhaps(0.2, 1, () => (this.receiver.down = true));
  }

  /** Lets things go wrong for a while; who has died is started again after some time. */
  async trouble(forMs: number): Promise<void> {
    const until = this.time.elapsed + forMs;
    while (this.time.elapsed < until && (await this.step())) this.restart();
  }

  restart(): void {
    for (const replica of this.replicas) {
      const { alive, offset } = replica.machine;
      if (alive || this.restarting.has(replica)) continue;
      this.restarting.add(replica);
      this.deaths++;
      const start = () => this.start(this.healed ? 0 : offset);
      this.time.after(this.throws.between(100, 20_000), null, start);
    }
  }

  /** From now on nothing fails and every clock is right. */
  heal(): void {
    this.say('all is well again');
    this.healed = true;
    for (const replica of this.stopping) replica.kill();
    this.kelviq.trouble = 0;
    this.receiver.trouble = 0;
    Object.assign(this.around.storeTrouble, { crashes: 0, stalls: 0, failures: 0 });
    for (const { machine } of this.replicas) {
      this.time.thaw(machine);
      machine.offset = 0;
    }
    if (this.living.length === 0) this.start();
  }

  async pass(ms: number): Promise<void> {
    const until = this.time.elapsed + ms;
    while (this.time.elapsed < until && (await this.step()));
    await this.time.settle();
  }

  /** Lets `ms` pass, without counting the looks of workers that find nothing. */
  async passQuickly(ms: number): Promise<void> {
    const { time, store } = this;
    const until = time.elapsed + ms;
    while (time.elapsed < until && this.witness.wrongs.length === 0) {
      if (!this.healed) this.restart();
      const now = BEGIN + time.elapsed;
      const rows = await store.list({ limit: 100 });
      const inHand = this.visiting > 0 || rows.some(({ leaseUntil }) => leaseUntil > now);
      const due = await store.nextDue();
      if (inHand || (due !== null && due <= now)) await this.pass(500);
      else if (due === null || due >= BEGIN + until) return;
      else time.skip(due - now);
    }
  }

  /** What fails goes on failing, for long, while nobody asks; only clocks are set right. */
  async lull(ms: number): Promise<void> {
    const until = this.time.elapsed + ms;
    for (const { machine } of this.replicas) machine.offset = 0;
    await this.passQuickly(ms);
    this.time.skip(Math.max(0, until - this.time.elapsed));
  }

  async insist(customer: string): Promise<void> {
    for (let asked = 0; asked < MOST_ASKED; asked++) {
      const heard: (number | null)[] = [];
      void this.ask(customer, `${customer}@example.com`).then((status) => heard.push(status));
      while (heard.length === 0) if (!(await this.step())) return;
      if ([200, 201, 409, 422].includes(heard[0] ?? 0)) return;
      await this.pass(15 * SECOND);
    }
    this.witness.wrongs.push(`${customer}: never hears an outcome`);
  }

  async play(): Promise<void> {
    const { throws } = this;
    for (let replica = throws.between(1, 3); replica > 0; replica--) this.start();
    for (let bursts = throws.chance(0.2) ? throws.between(2, 3) : 1; bursts > 0; bursts--) {
      const forMs = throws.between(10, 50) * SECOND;
      this.plan(forMs);
      await this.trouble(forMs);
      if (bursts > 1) await this.lull(throws.pick(LULLS_MS));
    }
    this.heal();
    if (this.jumps) this.time.skip(REWIND_MS);
    await this.pass(RECOVERY_MS);
    const rows = await this.store.list({ limit: 100 });
    this.witness.leases(rows, this.living, BEGIN + this.time.elapsed);
    // Not everybody comes back, and what was made for them is delivered all the same.
    for (const customer of this.customers) if (throws.chance(0.6)) await this.insist(customer);
    if (this.receiver.down) await this.passQuickly(throws.pick([26, 90]) * HOUR);
    this.receiver.down = false;
    await this.passQuickly(LONGEST_WAIT_MS);
    // What was given up an operator sends again.
    await this.store.enqueue('undelivered', BEGIN + this.time.elapsed);
    await this.passQuickly(LONGEST_WAIT_MS);
    void recall(this);
    await this.pass(SECOND);
    await this.passQuickly(LONGEST_WAIT_MS);
    if (this.witness.wrongs.length === 0) this.witness.end(await this.store.list({ limit: 100 }));
    if (this.witness.wrongs.length === 0 && this.throws.chance(0.2)) await loseDatabase(this);
    for (const replica of this.living) replica.kill();
  }
}

/** Changes what the product sees of the store: breaks a promise of it, to see that this is found. */
export type Spoil = (store: Store) => Store;

/** Plays the schedule of a seed on an empty database, and leaves it empty. */
export async function playSchedule(
  seed: number,
  store: Store,
  spoil: Spoil = (same) => same,
): Promise<Played> {
  const schedule = new Schedule(seed, store, spoil);
  await schedule.play();
  await schedule.time.settle();
  for (const row of await store.list({ limit: 100 })) await store.remove(row);
  const { witness, trace, kelviq, receiver, deaths } = schedule;
  const { wrongs, heard } = witness;
  const { stored } = receiver;
  const stats = { organizations: kelviq.made.size, deaths, deliveries: stored.length, answers: heard.length };
  return { seed, wrongs, trace, stats };
}
