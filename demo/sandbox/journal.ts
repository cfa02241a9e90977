/** What reached the sandbox and what it answered, with every secret masked. */
import type { Clock } from '../../proxy/clock.ts';
import { maskSecret, type Departure, type Reply } from './wire.ts';

/** One request; times in milliseconds. */
export type SandboxRequest = {
  id: number;
  at: number;
  method: string;
  /** Path and query as sent. */
  path: string;
  /** The partner key, masked (`kvqp_••••1234`); null when none came. */
  partnerKey: string | null;
  externalId: string | null;
  /** The parsed body; null for reads and for requests that were refused by their shape. */
  sent: unknown;
  /** Status of the answer; null while there is none, and for ever where none was sent. */
  status: number | null;
  /** Body of the answer, its serverKey masked. */
  answered: unknown;
  leaves: Departure | null;
  /** From arrival to the end of the answer or of the connection; null while it lasts. */
  durationMs: number | null;
};

/** The requests of one sandbox in the order of arrival. */
export class Journal {
  readonly requests: SandboxRequest[] = [];
  readonly #clock: Clock;
  readonly #report: (request: SandboxRequest) => void;

  constructor(clock: Clock, report: (request: SandboxRequest) => void = () => {}) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Takes note of an arrival; the caller completes the entry and then closes it. */
  open(method: string, path: string, partnerKey: string | undefined): SandboxRequest {
    const entry: SandboxRequest = {
      id: this.requests.length + 1,
      at: this.#clock.now(),
      method,
      path,
      partnerKey: partnerKey === undefined ? null : maskSecret(partnerKey),
      externalId: null,
      sent: null,
      status: null,
      answered: null,
      leaves: null,
      durationMs: null,
    };
    this.requests.push(entry);
    return entry;
  }

  /** Reports an entry once it is known what was asked. */
  arrived(entry: SandboxRequest): void {
    this.#report(entry);
  }

  /** Notes the answer that is about to leave. */
  answer(entry: SandboxRequest, reply: Reply, leaves: Departure): void {
    entry.leaves = leaves;
    if (leaves === 'cut' || leaves === 'never') return;
    entry.status = reply.status;
    entry.answered = masked(reply.body);
  }

  /** Notes the end of a request and reports it. */
  close(entry: SandboxRequest): void {
    entry.durationMs = this.#clock.now() - entry.at;
    this.#report(entry);
  }
}

function masked(body: unknown): unknown {
  return JSON.parse(
    JSON.stringify(body, (name, value: unknown) =>
      name === 'serverKey' && typeof value === 'string' ? maskSecret(value) : value,
    ),
  );
}
