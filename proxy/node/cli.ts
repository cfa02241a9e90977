#!/usr/bin/env node
/** Entry of the bin: the real terminal around `runCommand`. */
import { runCommand } from './run.ts';

/** Ends a server in order; null while the command is none. */
let end: (() => void) | null = null;
let isUnheard = false;

// A reader that goes away (`| head`) is no reason to crash, nor to write on. A server whose log nobody
// takes any more ends as a failure: whoever looks after it starts it again, with a log.
process.stdout.on('error', () => {
  if (end === null) process.exit(0);
  isUnheard = true;
  end();
});

const code = await runCommand(process.argv.slice(2), {
  env: process.env,
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  onReload: (reload) => void process.on('SIGHUP', reload),
  ended: () =>
    new Promise((resolve) => {
      end = resolve;
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }),
});

// Whatever a command leaves open has had its time; what it wrote gets out first.
process.stdout.write('', () => process.exit(isUnheard ? 1 : code));
