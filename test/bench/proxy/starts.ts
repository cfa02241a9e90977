/** Servers under test: how each is started, and how long its first answer takes. */
import type { ChildProcess } from 'node:child_process';
import { get } from 'node:http';
import { end, here, portOf, start, startOwn } from './processes.ts';

/** One server of the bench; `open` starts it anew and waits for its first answer. */
export type Kind = { name: string; does: string; open: () => Promise<Running> };

/** A started server; `startMs` is from the start of its process to its first answer. */
export type Running = { child: ChildProcess; port: number; startMs: number };

/** Waits until a server answers anything at all; gives how long that took. Throws when it has ended. */
async function firstAnswer(child: ChildProcess, port: number, from: number): Promise<number> {
  while (child.exitCode === null) {
    const answered = await new Promise<boolean>((resolve) => {
      const request = get({ port, host: '127.0.0.1', path: '/healthz', agent: false }, () => resolve(true));
      request.on('error', () => resolve(false));
    });
    if (answered) return performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`A server ended with ${child.exitCode} before its first answer.`);
}

/** A server of this folder in front of the stand-in at `origin`; `env` is asked for at each start. */
export function beside(
  { name, does, file }: { name: string; does: string; file: string },
  origin: string,
  env: () => Record<string, string> = () => ({}),
): Kind {
  return {
    name,
    does,
    async open() {
      const from = performance.now();
      const child = start('server', [here(file)], { UPSTREAM: origin, ...env() });
      const port = await portOf(child);
      return { child, port, startMs: await firstAnswer(child, port, from) };
    },
  };
}

/** Our own server on `port`; each start has a database of its own, at the address that `place` gives. */
export function own(origin: string, port: number, place: () => string): Kind {
  return {
    name: 'kelviq-onboarding',
    does: 'everything: three commits, two requests, signed delivery',
    async open() {
      const from = performance.now();
      const child = startOwn(origin, port, place());
      return { child, port, startMs: await firstAnswer(child, port, from) };
    },
  };
}

/** Starts each of `kinds` so many times, in turn, and ends it again: the times of each. */
export async function starts(kinds: readonly Kind[], times: number): Promise<Map<Kind, number[]>> {
  const found = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
  for (let turn = 0; turn < times; turn++) {
    for (const [kind, taken] of found) {
      const { child, startMs } = await kind.open();
      taken.push(startMs);
      await end(child);
    }
  }
  return found;
}
