#!/usr/bin/env node
/** Entry of the bin: the real terminal around `runCommand`. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { runCommand } from './run.ts';

/** How long the last lines of a server's log may take to be read. */
const LAST_LINES_MS = 1000;

/** How much of a server's log waits for its reader; lines beyond it are lost, because memory has an end. */
const MOST_UNREAD_BYTES = 1_000_000;

/** Ends a server in order; null while the command is none. */
let end: (() => void) | null = null;
let isUnheard = false;

// A reader that goes away (`| head`) is no reason to crash. A list ends there; doctor and reconcile go on to
// their end, because what is left undone nobody would hear of. A server whose log nobody takes any more ends
// as a failure: whoever looks after it starts it again, with a log.
process.stdout.on('error', ({ code: why = '' }: NodeJS.ErrnoException) => {
  if (end === null && why === 'EPIPE') {
    if (process.argv[2] === 'deliveries') process.exit(0);
    return;
  }
  if (end === null && !isUnheard) process.stderr.write(`The output cannot be written (${why}).\n`);
  isUnheard = true;
  end?.();
});

// Who reads no complaints has the exit code.
process.stderr.on('error', () => undefined);

// Node makes it a socket unless it is a file. Not fstat: what that finds of a pipe stays where Node's
// resolution of links looks at it, and no package behind a link is found any more.
const isFile = !(process.stdout instanceof Socket);

function write(text: string): void {
  if (end !== null && process.stdout.writableLength > MOST_UNREAD_BYTES) return;
  if (end === null || !isFile) return void process.stdout.write(text);
  try {
    writeSync(process.stdout.fd, text);
  } catch {
    // A full disk: a server goes on without these lines, and writes again when there is room.
  }
}

const code = await runCommand(process.argv.slice(2), {
  env: process.env,
  write,
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
// An error of that write is told after its callback.
process.stdout.write('', () => setImmediate(exit));
