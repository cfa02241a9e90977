/** What happens to a machine by itself, or to a server that is asked to stop. */
import type { Dice } from './dice.ts';
import type { Replica } from './replica.ts';
import type { SimulatedTime } from './time.ts';

const SECOND = 1000;
/** A server that has not stopped by then is killed, as service managers do. */
const STOP_MS = 10 * SECOND;

/** Whom it may hit. */
export type Stage = {
  time: SimulatedTime;
  throws: Dice;
  living: readonly Replica[];
  stopping: Set<Replica>;
  say: (line: string) => void;
};

/** One stands still for a while. */
export function freeze({ time, throws, living, say }: Stage): void {
  if (living.length === 0) return;
  const { machine, epoch } = throws.pick(living);
  const forMs = throws.between(500, 40_000);
  say(`replica ${epoch} stands still for ${forMs} ms`);
  machine.frozenUntil = Math.max(machine.frozenUntil, time.elapsed + forMs);
  machine.stoodStillUntil = machine.frozenUntil;
}

/** One dies. */
export function kill({ throws, living }: Stage): void {
  if (living.length > 0) throws.pick(living).kill();
}

/** A clock goes wrong, or all of them: by seconds or by hours, forward or back. */
export function jump({ throws, living, say }: Stage): void {
  const by = throws.between(-1, 1) * throws.pick([20 * SECOND, 10 * 60 * SECOND, 3 * 3600 * SECOND]);
  const which = throws.chance(0.5) ? living : living.slice(0, 1);
  say(`${which.length} clocks jump by ${by / SECOND} s`);
  for (const { machine } of which) machine.offset += by;
}

/** One is asked to stop, finishes what is in hand, and ends. */
export async function stop({ time, throws, living, stopping, say }: Stage): Promise<void> {
  if (living.length === 0) return;
  const replica = throws.pick(living);
  say(`replica ${replica.epoch} is asked to stop`);
  stopping.add(replica);
  time.after(STOP_MS, null, () => replica.kill());
  await replica.onboarding.stop();
  replica.kill();
}
