/**
 * Kelviq as the schedules need it: what is created, when it lands, and what comes back of it. Its
 * books are kept apart from the product's, so that what must never happen is seen here.
 */
import { HttpFailure, type HttpSend, type IncomingAnswer, type OutgoingRequest } from '../../proxy/http.ts';
import type { Dice } from './dice.ts';
import type { Machine, SimulatedTime } from './time.ts';

/** An organization as Kelviq keeps it; its keys are null in answers before `keysAt`. */
export type Made = {
  externalId: string;
  email: string;
  organizationIdentifier: string;
  clientKey: string;
  serverKey: string;
  keysAt: number;
  /** When the POST that made it was sent. */
  postedAt: number;
  /** From when on reads see it: they may go to a copy that is behind. */
  seenFrom: number;
};

/** How long a POST may take to land: before the next one is allowed to leave, and before a refusal counts. */
const LATE_MS = [1000, 17_000] as const;
const VERY_LATE_MS = [31_000, 100_000] as const;
/** How long reads may not see what was made. */
const BEHIND_MS = [100, 20_000] as const;

/** What may become of a POST; `lands` says when it does its work, if at all, and `isHidden` that reads see it late. */
type Fate = {
  name: string;
  isHidden?: true;
  lands: 'never' | 'soon' | 'late' | 'very late';
  answers: (usual: IncomingAnswer) => IncomingAnswer | HttpFailure | 'never';
};

const json = (status: number, body: unknown, headers: Record<string, string> = {}): IncomingAnswer => ({
  status,
  headers,
  body: JSON.stringify(body),
});
const html: IncomingAnswer = { status: 200, headers: {}, body: '<!doctype html><title>Please wait</title>' };
const reset = () => new HttpFailure('ECONNRESET', true);
const halved = (usual: IncomingAnswer) => ({ ...usual, body: usual.body.slice(0, usual.body.length / 2) });

/** An organization with `members` in place of its own; other answers stay as they are. */
const altered = (members: Record<string, unknown>) => (usual: IncomingAnswer) =>
  usual.status < 300 ? { ...usual, body: JSON.stringify({ ...JSON.parse(usual.body), ...members }) } : usual;

/** Another customer's organization, as crossed wires bring it. */
const FOREIGN = {
  partnerExternalId: 'somebody-else',
  organizationIdentifier: 'org-foreign',
  clientKey: 'ck_foreign',
  serverKey: 'sk_sim_foreign',
};

const RETRY_AFTERS = ['2', '7', '-5', 'soon', '1000000000', 'Tue, 24 Nov 2026 00:00:09 GMT'] as const;

const POST_FATES: readonly Fate[] = [
  { name: 'refused connection', lands: 'never', answers: () => new HttpFailure('ECONNREFUSED', false) },
  { name: 'reset before', lands: 'never', answers: reset },
  { name: 'reset after', lands: 'soon', answers: reset },
  { name: 'reset, lands late', lands: 'late', answers: reset },
  { name: 'hang before', lands: 'never', answers: () => 'never' },
  { name: 'hang after', lands: 'soon', answers: () => 'never' },
  { name: 'hang, lands late', lands: 'late', answers: () => 'never' },
  { name: '500 before', lands: 'never', answers: () => json(500, {}) },
  { name: '500 after', lands: 'soon', answers: () => json(500, {}) },
  { name: '503 before', lands: 'never', answers: () => json(503, {}, { 'retry-after': '1' }) },
  { name: 'hang, lands very late', lands: 'very late', answers: () => 'never' },
  { name: '502, lands late', lands: 'late', answers: () => json(502, {}) },
  { name: '504, lands late', lands: 'late', answers: () => json(504, {}) },
  { name: 'HTML before', lands: 'never', answers: () => html },
  { name: 'HTML after', lands: 'soon', answers: () => html },
  { name: 'truncated', lands: 'soon', answers: halved },
  { name: 'null keys', lands: 'soon', answers: altered({ clientKey: null, serverKey: null }) },
  { name: 'null serverKey', lands: 'soon', answers: altered({ serverKey: null }) },
  { name: 'null echo', lands: 'soon', answers: altered({ ...FOREIGN, partnerExternalId: null }) },
  { name: 'wrong echo', lands: 'soon', answers: altered(FOREIGN) },
  { name: 'key in the open', lands: 'soon', answers: leaking },
  { name: 'keys in each other’s place', lands: 'soon', answers: swapped },
  { name: 'replayed by a gateway', lands: 'soon', answers: () => json(400, { externalId: ['taken'] }) },
  { name: 'replayed, seen as taken', lands: 'soon', answers: () => json(409, {}) },
  { name: 'replayed, and hidden', isHidden: true, lands: 'soon', answers: () => json(409, {}) },
  { name: '400 of no reason', lands: 'never', answers: () => json(400, {}) },
  { name: '401', lands: 'never', answers: () => json(401, {}) },
  { name: '403', lands: 'never', answers: () => json(403, {}) },
  { name: '404 after', lands: 'soon', answers: () => json(404, {}) },
  {
    name: 'redirect',
    lands: 'never',
    answers: () => json(302, {}, { location: 'https://elsewhere.example/' }),
  },
  { name: '428', lands: 'never', answers: () => json(428, {}) },
];

const GET_ANSWERS: readonly ((usual: IncomingAnswer) => IncomingAnswer | HttpFailure | 'never')[] = [
  reset,
  () => 'never',
  () => json(500, {}),
  () => json(502, {}),
  () => html,
  halved,
  () => json(401, {}),
  () => json(429, {}, { 'retry-after': '3' }),
  () => json(302, {}, { location: 'https://elsewhere.example/' }),
  altered({ clientKey: null, serverKey: null }),
  altered({ serverKey: null }),
  altered({ ...FOREIGN, partnerExternalId: null }),
  altered(FOREIGN),
  swapped,
];

function leaking(usual: IncomingAnswer): IncomingAnswer {
  if (usual.status >= 300) return usual;
  const organization = JSON.parse(usual.body) as Record<string, unknown>;
  return { ...usual, body: JSON.stringify({ ...organization, clientKey: organization['serverKey'] }) };
}

function swapped(usual: IncomingAnswer): IncomingAnswer {
  if (usual.status >= 300) return usual;
  const organization = JSON.parse(usual.body) as Record<string, unknown>;
  const { clientKey: serverKey, serverKey: clientKey } = organization;
  return { ...usual, body: JSON.stringify({ ...organization, clientKey, serverKey }) };
}

/** What the schedule hears of: each may fail it. */
export type KelviqEvents = {
  /** A POST leaves a machine. */
  posting: (machine: Machine, externalId: string, email: string) => void;
  /** A POST did its work where there was an organization already. */
  repeated: (externalId: string) => void;
  say: (line: string) => void;
};

/** One Kelviq; `trouble` is the share of requests that meet something unusual. */
export class Kelviq {
  trouble = 0;
  readonly made = new Map<string, Made>();
  /** Addresses of Kelviq's users, and those that it does not accept at all. */
  readonly users = new Set<string>();
  readonly unacceptable = new Set<string>();
  /** POSTs of a customer that may still land. */
  readonly flying = new Map<string, number>();
  /** Customers of whom a POST lands so late that the next one may be under way. */
  readonly hopeless = new Set<string>();
  /** Customers of whom a read did not see what had been made. */
  readonly overlooked = new Set<string>();
  readonly #time: SimulatedTime;
  readonly #dice: Dice;
  readonly #events: KelviqEvents;

  constructor(time: SimulatedTime, throws: Dice, events: KelviqEvents) {
    this.#time = time;
    this.#dice = throws;
    this.#events = events;
  }

  /** How one machine reaches it. */
  from(machine: Machine): HttpSend {
    return (request) =>
      new Promise((resolve, reject) => {
        if (!machine.alive) return;
        const answer = (given: IncomingAnswer | HttpFailure) => {
          callOff();
          if (given instanceof HttpFailure) reject(given);
          else resolve(given);
        };
        const expired = () => answer(new HttpFailure('ETIMEDOUT', true));
        const callOff = this.#time.after(request.timeoutMs, machine, expired);
        if (request.method === 'POST') this.#post(machine, request, answer);
        else this.#get(machine, request, answer);
      });
  }

  #post(
    machine: Machine,
    { body = '' }: OutgoingRequest,
    answer: (given: IncomingAnswer | HttpFailure) => void,
  ): void {
    const { externalId, email } = JSON.parse(body) as { externalId: string; email: string };
    this.#events.posting(machine, externalId, email);
    const throws = this.#dice;
    if (throws.chance(this.trouble / 8)) {
      const retryAfter = throws.pick(RETRY_AFTERS);
      this.#events.say(`POST ${externalId}: 429, ${retryAfter}`);
      this.#time.after(5, machine, () => answer(json(429, {}, { 'retry-after': retryAfter })));
      return;
    }
    const usual: Fate = { name: 'as usual', lands: 'soon', answers: (given) => given };
    const fate = throws.chance(this.trouble) ? throws.pick(POST_FATES) : usual;
    const slow = throws.chance(this.trouble / 2);
    const keysAfterMs = throws.chance(this.trouble / 3) ? throws.between(100, 100_000) : 0;
    const answersAfterMs = slow ? throws.between(2000, 14_000) : throws.between(5, 300);
    const [least, most] =
      fate.lands === 'late' ? LATE_MS : fate.lands === 'very late' ? VERY_LATE_MS : [1, answersAfterMs];
    const landsAfterMs = throws.between(least, most);
    if (fate.lands === 'very late') this.hopeless.add(externalId);
    const postedAt = this.#time.elapsed;
    this.#events.say(`POST ${externalId} by ${email}: ${fate.name}, lands ${fate.lands}`);
    const reply = (outcome: IncomingAnswer) => {
      const given = fate.answers(outcome);
      if (given !== 'never') answer(given);
    };
    if (fate.lands !== 'never') {
      this.flying.set(externalId, (this.flying.get(externalId) ?? 0) + 1);
      this.#time.after(landsAfterMs, null, () => {
        this.flying.set(externalId, (this.flying.get(externalId) ?? 0) - 1);
        const outcome = this.#create(externalId, email, postedAt, keysAfterMs, fate);
        this.#events.say(`POST ${externalId} lands: ${outcome.status}`);
        if (fate.lands === 'soon')
          this.#time.after(answersAfterMs - landsAfterMs, machine, () => reply(outcome));
      });
    }
    if (fate.lands !== 'soon')
      this.#time.after(throws.between(1, answersAfterMs), machine, () => reply(json(201, {})));
  }

  #create(
    externalId: string,
    email: string,
    postedAt: number,
    keysAfterMs: number,
    { isHidden }: Fate,
  ): IncomingAnswer {
    if (this.unacceptable.has(email)) return json(400, { email: ['Enter a valid email address.'] });
    if (this.made.has(externalId)) {
      this.#events.repeated(externalId);
      return json(400, { externalId: ['taken'] });
    }
    if (this.users.has(email.toLowerCase())) return json(409, {});
    const number = this.made.size + 1;
    const isBehind = isHidden ?? this.#dice.chance(this.trouble / 4);
    const made: Made = {
      externalId,
      email,
      organizationIdentifier: `org-${number}-${externalId}`,
      clientKey: `ck_${externalId}_${number}`,
      serverKey: `sk_sim_${externalId}_${number}`,
      keysAt: this.#time.elapsed + keysAfterMs,
      postedAt,
      seenFrom: this.#time.elapsed + (isBehind ? this.#dice.between(...BEHIND_MS) : 0),
    };
    this.made.set(externalId, made);
    this.users.add(email.toLowerCase());
    return json(201, this.#shown(made));
  }

  #get(
    machine: Machine,
    { url }: OutgoingRequest,
    answer: (given: IncomingAnswer | HttpFailure) => void,
  ): void {
    const externalId = decodeURIComponent(/by-external-id\/([^/]+)\/$/.exec(url)?.[1] ?? '');
    const throws = this.#dice;
    if (externalId === '') {
      const results = [...this.made.values()].map((made) => this.#shown(made));
      this.#time.after(5, machine, () => answer(json(200, { count: results.length, next: null, results })));
      return;
    }
    const troubled = throws.chance(this.trouble) ? throws.pick(GET_ANSWERS) : null;
    this.#time.after(throws.between(1, 100), null, () => {
      const made = this.#seen(externalId);
      const usual = made ? json(200, this.#shown(made)) : json(404, {});
      const given = troubled ? troubled(usual) : usual;
      this.#events.say(
        `GET ${externalId}: ${given === 'never' || given instanceof HttpFailure ? 'no answer' : given.status}`,
      );
      if (given !== 'never') this.#time.after(throws.between(1, 100), machine, () => answer(given));
    });
  }

  /** What a read sees. */
  #seen(externalId: string): Made | undefined {
    const made = this.made.get(externalId);
    if (!made || this.trouble === 0 || this.#time.elapsed >= made.seenFrom) return made;
    this.overlooked.add(externalId);
    return undefined;
  }

  #shown({
    externalId,
    organizationIdentifier,
    clientKey,
    serverKey,
    keysAt,
  }: Made): Record<string, unknown> {
    const issued = this.#time.elapsed >= keysAt;
    return {
      userId: 7,
      organizationIdentifier,
      organizationSlug: externalId,
      clientKey: issued ? clientKey : null,
      serverKey: issued ? serverKey : null,
      partnerExternalId: externalId,
    };
  }
}
