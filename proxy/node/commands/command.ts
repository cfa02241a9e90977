/** What a command of the bin is, so that one more is one more file and one line in cli.ts. */

/** Where a command reads and writes; tests bring their own. */
export type Terminal = {
  env: Readonly<Record<string, string | undefined>>;
  /** Standard output: results alone, so that they can be piped. */
  write: (text: string) => void;
  /** Standard error: everything else. */
  complain: (text: string) => void;
  /** Takes what to do when the person or the system asks to read settings again; SIGHUP. */
  onReload: (reload: () => void) => void;
  /** Resolves when the person or the system asks the process to end. */
  ended: () => Promise<void>;
};

/** One command. `run` resolves with the exit code: 0 done, 1 failed, 2 used wrongly. */
export type Command = {
  /** What `--help` prints. */
  usage: string;
  run: (args: string[], terminal: Terminal) => Promise<number>;
};

/** A command that was written wrongly; its message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
