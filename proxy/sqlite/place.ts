/**
 * Whether the open file is still the one at its path. One that was deleted or replaced takes writes like
 * any other, and all of them are gone with the process.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StoreFailure } from '../store-failure.ts';

/** Keeps an eye on the file at `path`; what it gives throws a `StoreFailure` once another one, or none, is there. */
export function keepPlace(path: string): () => void {
  // Whoever changes the working directory later moves no file.
  const place = resolve(path);
  const opened = statSync(place);
  return () => {
    const there = statSync(place, { throwIfNoEntry: false });
    if (there?.ino === opened.ino && there.dev === opened.dev) return;
    throw new StoreFailure(
      'ESTALE',
      'the database file was deleted or replaced under the server: put it back, or start the server again and run kelviq-onboarding reconcile --yes',
    );
  };
}
