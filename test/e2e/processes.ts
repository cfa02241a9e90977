/** Processes of the demo for end-to-end tests, ended with the test whatever becomes of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TYPESCRIPT } from '../support/serve-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A demo in a process of its own. */
export type DemoProcess = {
  child: ChildProcess;
  /** The URL it printed. */
  url: string;
  /** Asks it to end, as Ctrl-C does; gives its exit code. */
  stop(): Promise<number | null>;
};

/** What `demo/start.ts` writes until it ends, and its exit code. */
export async function demoOutcome(
  env: Record<string, string>,
): Promise<{ code: number | null; text: string }> {
  const child = run(env);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
  return { code: await exitOf(child), text };
}

/** Starts the demo in `cwd`, on ports that the system chooses. Rejects with what it wrote when it ends instead. */
export async function startDemoProcess(
  env: Record<string, string> = {},
  cwd: string = ROOT,
): Promise<DemoProcess> {
  const child = run({ PORT: '0', ...env }, cwd);
  const exit = exitOf(child);
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    const read = (chunk: unknown) => {
      text += String(chunk);
      const printed = /http:\/\/localhost:\d+/.exec(text)?.[0];
      if (printed) resolve(printed);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void exit.then((code) => reject(new Error(`The demo ended with ${code}:\n${text}`)));
  });
  return {
    child,
    url,
    stop() {
      child.kill('SIGINT');
      return exit;
    },
  };
}

function run(env: Record<string, string>, cwd: string = ROOT): ChildProcess {
  return spawn(process.execPath, [...TYPESCRIPT, join(ROOT, 'demo/start.ts')], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}
