/** A sandbox for one test, and requests to it over HTTP. */
import { afterEach } from 'node:test';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../demo/sandbox/sandbox.ts';

/** An answer; a page comes as `{ text }`. */
export type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

/** Path of the partner API's one collection. */
export const ORGANIZATIONS = '/partner/organizations/';

const running: Sandbox[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

/** Closes a sandbox when the running test ends. */
export function untilTestEnds(sandbox: Sandbox): Sandbox {
  running.push(sandbox);
  return sandbox;
}

/** Starts a sandbox that is closed when the running test ends. */
export async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  return untilTestEnds(await startSandbox(options));
}

/** Asks with the sandbox's key; headers in `init` win. Rejects when the connection ends early. */
export async function ask(sandbox: Sandbox, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(sandbox.url + path, {
    redirect: 'manual',
    ...init,
    headers: {
      'x-kelviq-partner-key': sandbox.partnerKey,
      'content-type': 'application/json',
      ...(init.headers as Record<string, string>),
    },
  });
  const text = await response.text();
  const json = response.headers.get('content-type') === 'application/json';
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : { text } };
}

/** Posts a body as JSON. */
export const post = (sandbox: Sandbox, body: unknown, init: RequestInit = {}) =>
  ask(sandbox, ORGANIZATIONS, { method: 'POST', body: JSON.stringify(body), ...init });

/** Reads by externalId. */
export const read = (sandbox: Sandbox, externalId: string) =>
  ask(sandbox, `${ORGANIZATIONS}by-external-id/${encodeURIComponent(externalId)}/`);
