import { EventEmitter, once } from 'node:events';
import { runCommand } from '../../proxy/node/run.ts';

/** What one run of the bin came to. */
export type Run = { code: number; out: string; err: string };

/** Runs the bin inside this process. `onOutput` may end it by calling what it is given. */
export async function runBin(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  onOutput: (written: string, end: () => void) => void = () => undefined,
): Promise<Run> {
  const person = new EventEmitter();
  const ended = once(person, 'end');
  let out = '';
  let err = '';
  const code = await runCommand(args, {
    env,
    write: (text) => {
      out += text;
      onOutput(out, () => person.emit('end'));
    },
    complain: (text) => (err += text),
    onReload: () => undefined,
    ended: async () => void (await ended),
  });
  return { code, out, err };
}
