/** The partner's backend as the schedules need it: what it stored, under which id, and how it answers. */
import type { DeliveryEvent } from '../../proxy/contract.ts';
import { HttpFailure, type HttpSend, type IncomingAnswer } from '../../proxy/http.ts';
import type { Dice } from './dice.ts';
import type { Machine, SimulatedTime } from './time.ts';

/** A delivery that was stored. */
export type Stored = { id: string; data: DeliveryEvent['data'] };

type Fate = { name: string; stores: boolean; answer: IncomingAnswer | HttpFailure | 'never' };

const status = (code: number, retryAfter?: string): IncomingAnswer => ({
  status: code,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  body: '',
});

const FATES: readonly Fate[] = [
  { name: 'refuses', stores: false, answer: new HttpFailure('ECONNREFUSED', false) },
  { name: 'hangs before', stores: false, answer: 'never' },
  { name: 'hangs after', stores: true, answer: 'never' },
  { name: 'resets before', stores: false, answer: new HttpFailure('ECONNRESET', true) },
  { name: 'resets after', stores: true, answer: new HttpFailure('ECONNRESET', true) },
  { name: '301', stores: false, answer: status(301) },
  { name: '307', stores: false, answer: status(307) },
  { name: '400', stores: false, answer: status(400) },
  { name: '410', stores: false, answer: status(410) },
  { name: '429 for 40 s', stores: false, answer: status(429, '40') },
  { name: '429 for ever', stores: false, answer: status(429, '1000000000') },
  { name: '429 of nonsense', stores: false, answer: status(429, '-7') },
  { name: '500', stores: false, answer: status(500) },
  { name: '503 after', stores: true, answer: status(503, 'later') },
];

/** One backend; `trouble` is the share of deliveries that meet something unusual. */
export class Receiver {
  trouble = 0;
  down = false;
  readonly stored: Stored[] = [];
  readonly #time: SimulatedTime;
  readonly #dice: Dice;
  readonly #say: (line: string) => void;

  constructor(time: SimulatedTime, throws: Dice, say: (line: string) => void) {
    this.#time = time;
    this.#dice = throws;
    this.#say = say;
  }

  /** How one machine reaches it. */
  from(machine: Machine): HttpSend {
    return (request) =>
      new Promise((resolve, reject) => {
        if (!machine.alive) return;
        const throws = this.#dice;
        const { data } = JSON.parse(request.body ?? '') as DeliveryEvent;
        const usual: Fate = { name: 'stores', stores: true, answer: status(204) };
        const troubled = throws.chance(this.trouble) ? throws.pick(FATES) : usual;
        const fate = this.down ? (FATES[0] as Fate) : troubled;
        const takesMs = throws.chance(this.trouble) ? throws.between(1000, 14_000) : throws.between(1, 200);
        this.#say(`delivery of ${data.externalId}: ${fate.name}`);
        const callOff = this.#time.after(request.timeoutMs, machine, () =>
          reject(new HttpFailure('ETIMEDOUT', true)),
        );
        this.#time.after(throws.between(1, takesMs), null, () => {
          if (fate.stores) this.stored.push({ id: request.headers['webhook-id'] ?? '', data });
        });
        const { answer } = fate;
        if (answer === 'never') return;
        this.#time.after(takesMs, machine, () => {
          callOff();
          if (answer instanceof HttpFailure) reject(answer);
          else resolve(answer);
        });
      });
  }
}
