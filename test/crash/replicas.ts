/** Two server processes on one PostgreSQL, with everything around them, and what each side saw. */
import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { SandboxRequest } from '../../demo/sandbox/journal.ts';
import { startSandbox, type Sandbox } from '../../demo/sandbox/sandbox.ts';
import { createSessionToken } from '../../proxy/backend.ts';
import type { Organization } from '../../proxy/contract.ts';
import { postgresAddress } from '../support/postgres.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startFailing, type FailingProcess } from './failing-process.ts';
import { scaledClock } from './scaled-clock.ts';
import { pause } from './site.ts';

const ORIGIN = 'https://app.example.com';
/** A lease lasts 3 s of the wall's clock: long enough for a busy machine to renew it. */
const SPEED = 4;
const LOOK_EVERY_MS = 20;
const LIMIT_MS = 60_000;

/** What one request was told; null when its connection broke. */
export type Told = { status: number; organization: Organization | null } | null;

/** Two replicas. */
export type Replicas = {
  sandbox: Sandbox;
  receiver: Receiver;
  server: (turn: number) => FailingProcess;
  restart: (turn: number) => Promise<void>;
  ask: (turn: number, customer: string) => Promise<Told>;
  /** Asks both in turn until there is an outcome. */
  insist: (customer: string) => Promise<NonNullable<Told>>;
};

/** Waits until `test` holds. */
export async function until(what: string, test: () => unknown): Promise<void> {
  const limit = Date.now() + LIMIT_MS;
  while (!(await test())) {
    assert.ok(Date.now() < limit, `it never comes that ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** Starts them; they end with the test. */
export async function startReplicas(t: TestContext): Promise<Replicas> {
  const clock = scaledClock({ epoch: Date.now(), speed: SPEED, aheadMs: 0 });
  const address = await postgresAddress(t);
  const sessionSecret = randomBytes(32).toString('hex');
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const sandbox = await startSandbox({ clock });
  const receiver = await startReceiver(webhookSecret);

  const start = () =>
    startFailing({
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: ORIGIN,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: webhookSecret,
      SESSION_SECRET: sessionSecret,
      RATE_LIMIT: 'off',
      DATABASE_URL: address,
      PACE: JSON.stringify(clock.pace()),
    });
  const servers = await Promise.all([start(), start()]);
  const server = (turn: number) => servers[turn % 2] ?? servers[0];
  t.after(async () => {
    for (const one of servers) one.kill();
    await Promise.all(servers.map(({ ended }) => ended));
    await Promise.all([sandbox.close(), receiver.close()]);
  });

  async function ask(turn: number, customer: string): Promise<Told> {
    const token = await createSessionToken({ secret: sessionSecret, externalId: customer });
    try {
      const response = await fetch(`${server(turn).url}/v1/organizations`, {
        method: 'POST',
        headers: { origin: ORIGIN, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ email: `${customer}@example.com` }),
      });
      const body = (await response.json()) as Organization;
      const { status } = response;
      return { status, organization: status === 200 || status === 201 ? body : null };
    } catch {
      return null;
    }
  }

  return {
    sandbox,
    receiver,
    server,
    ask,
    async restart(turn) {
      servers[turn % 2] = await start();
    },
    async insist(customer) {
      const limit = Date.now() + LIMIT_MS;
      for (let turn = 0; ; turn++) {
        const told = await ask(turn, customer);
        if (told?.organization) return told;
        assert.ok(Date.now() < limit, `${customer} never hears an outcome`);
        await pause(LOOK_EVERY_MS * 5);
      }
    },
  };
}

/** The requests of one customer that overlapped at Kelviq: two at work on one row. */
export function overlaps({ state }: Sandbox, customer: string): SandboxRequest[] {
  const mine = state.requests.filter(({ externalId }) => externalId === customer);
  return mine.filter(
    ({ at }, turn) => turn > 0 && at < (mine[turn - 1]?.at ?? 0) + (mine[turn - 1]?.durationMs ?? Infinity),
  );
}

/** One organization, at most one 201, and every answer about this one. */
export function allAgree({ sandbox }: Replicas, customer: string, told: readonly Told[]): void {
  const made = sandbox.state.organizations.filter(({ externalId }) => externalId === customer);
  assert.equal(made.length, 1, `${customer} has ${made.length} organizations`);
  const answers = told.flatMap((one) => one?.organization ?? []);
  assert.ok(answers.length > 0);
  for (const { externalId, organizationIdentifier, clientKey } of answers)
    assert.deepEqual(
      [externalId, organizationIdentifier, clientKey],
      [customer, made[0]?.organizationIdentifier, made[0]?.clientKey],
    );
  const statuses = told.map((one) => one?.status ?? null);
  assert.ok(statuses.filter((status) => status === 201).length <= 1, 'told of the creation twice');
  for (const status of statuses) assert.ok(status === null || [200, 201, 202, 503].includes(status));
}

/** What the backend stored for a customer: their key each time, under one id; how often. */
export function deliveriesOf({ sandbox, receiver }: Replicas, customer: string): number {
  const made = sandbox.state.organizations.find(({ externalId }) => externalId === customer);
  const turns = receiver.events.flatMap(({ data }, turn) => (data.externalId === customer ? turn : []));
  for (const turn of turns) assert.equal(receiver.events[turn]?.data.serverKey, made?.serverKey);
  assert.ok(new Set(turns.map((turn) => receiver.ids[turn])).size <= 1, 'several ids');
  return turns.length;
}
