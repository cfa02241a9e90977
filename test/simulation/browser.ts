/** A customer's browser: asks as the widget does, leaves, comes back, and remembers what it was told. */
import type { Organization } from '../../proxy/contract.ts';
import { CUSTOMER_HEADER, ORIGIN, type Replica } from './replica.ts';
import type { SimulatedTime } from './time.ts';

/** One answer, and when it came (milliseconds of `elapsed`); `stale` where its machine stood still before it left. */
export type Heard = {
  customer: string;
  email: string;
  at: number;
  stale: boolean;
  status: number;
  organization: Organization | null;
  text: string;
};

/** What a browser gives up after, in milliseconds; a dead process never answers. */
const PATIENCE_MS = 30_000;

/** Asks once; null when the connection breaks, or the browser leaves after `leavesAfterMs`. */
export async function visit(
  time: SimulatedTime,
  replica: Replica,
  {
    customer,
    email,
    leavesAfterMs = PATIENCE_MS,
  }: { customer: string; email: string; leavesAfterMs?: number },
): Promise<Heard | null> {
  replica.visited.add(customer);
  const leaving = new AbortController();
  const askedAt = time.elapsed;
  return new Promise((resolve) => {
    const callOff = time.after(leavesAfterMs, null, () => {
      leaving.abort();
      resolve(null);
    });
    const asked = Promise.resolve(
      replica.onboarding.app.request('/v1/organizations', {
        method: 'POST',
        body: JSON.stringify({ email }),
        headers: { origin: ORIGIN, 'content-type': 'application/json', [CUSTOMER_HEADER]: customer },
        signal: leaving.signal,
      }),
    );
    asked
      .then(async (response) => {
        const text = await response.text();
        if (leaving.signal.aborted) return;
        callOff();
        const { status } = response;
        const organization = status < 202 ? (JSON.parse(text) as Organization) : null;
        const stale = replica.machine.stoodStillUntil > askedAt;
        resolve({ customer, email, at: time.elapsed, stale, status, organization, text });
      })
      .catch(() => {
        callOff();
        resolve(null);
      });
  });
}

/** What `GET /v1/session` says of a customer; null when nobody answers. */
export async function session(
  time: SimulatedTime,
  replica: Replica,
  customer: string,
): Promise<{ organization: Organization | null; text: string } | null> {
  return new Promise((resolve) => {
    const callOff = time.after(PATIENCE_MS, null, () => resolve(null));
    Promise.resolve(
      replica.onboarding.app.request('/v1/session', {
        headers: { origin: ORIGIN, [CUSTOMER_HEADER]: customer },
      }),
    )
      .then(async (response) => {
        const text = await response.text();
        callOff();
        resolve(response.status === 200 ? { ...JSON.parse(text), text } : null);
      })
      .catch(() => {
        callOff();
        resolve(null);
      });
  });
}
