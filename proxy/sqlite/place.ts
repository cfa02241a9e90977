/**
 * Whether the open file is still the one at its path. One that was deleted or replaced takes writes like
 * any other, and all of them are gone with the process. Without what SQLite keeps beside it, whoever
 * opens it next, a command too, no longer sees this process, and damages it.
 */
import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StoreFailure } from '../store-failure.ts';

/** The place of an open file. Both throw a `StoreFailure` while it is not what was opened. */
export type Place = {
  /** Looks at the file alone, and remembers what `look` found. */
  inPlace(): void;
  /** Looks at what stands beside it as well. */
  look(): void;
};

/** Tells whether the file that is at `place` now stays there; always, where there is none. */
function staying(place: string): () => boolean {
  const opened = statSync(place, { throwIfNoEntry: false });
  return () => {
    if (!opened) return true;
    const there = statSync(place, { throwIfNoEntry: false });
    return there?.ino === opened.ino && there.dev === opened.dev;
  };
}

/** Keeps an eye on the file at `path`, which is open. */
export function keepPlace(path: string): Place {
  // Whoever changes the working directory later moves no file.
  const stays = staying(resolve(path));
  // SQLite follows links.
  const beside = ['-wal', '-shm'].map((end) => staying(realpathSync(path) + end));
  let isWhole = true;

  function inPlace(): void {
    if (!stays())
      throw new StoreFailure(
        'ESTALE',
        'the database file was deleted or replaced under the server: put it back, or start the server again and run kelviq-onboarding reconcile --yes',
      );
    if (!isWhole)
      throw new StoreFailure(
        'ESTALE',
        'the file -wal or -shm beside the database was deleted under the server: stop the server, which keeps what was in it, and start it again before anything else opens the database',
      );
  }

  return {
    inPlace,
    look() {
      isWhole = beside.every((stay) => stay());
      inPlace();
    },
  };
}
