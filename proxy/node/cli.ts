#!/usr/bin/env node
/** Entry of the bin: the real terminal around `runCommand`. */
import { runCommand } from './run.ts';

// A reader that goes away (`| head`) is no reason to crash, nor to write on.
process.stdout.on('error', () => process.exit(0));

const code = await runCommand(process.argv.slice(2), {
  env: process.env,
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  onReload: (reload) => void process.on('SIGHUP', reload),
  ended: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }),
});

// Whatever a command leaves open has had its time; what it wrote gets out first.
process.stdout.write('', () => process.exit(code));
