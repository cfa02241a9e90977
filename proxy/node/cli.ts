#!/usr/bin/env node
/** Entry of the bin: the real terminal around `runCommand`. */
import { runCommand } from './run.ts';

/** How long the last lines of a server's log may take to be read. */
const LAST_LINES_MS = 1000;

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
      // Not once: npx passes on what the terminal has sent already, and a second one would cut off what is in hand.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
    }),
});

// Whatever a command leaves open has had its time; what it wrote gets out first. A server does not wait for
// ever for who takes its log.
const exit = () => process.exit(isUnheard ? 1 : code);
if (end !== null) setTimeout(exit, LAST_LINES_MS);
process.stdout.write('', exit);
