/** The folder of a file that is to be written, with the folders above it. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes `folder` for its owner alone where it is missing. Rejects with what the file system says. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (await isFolder(folder)) return;
    const parent = dirname(folder);
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // Where no folder can be made, as in /proc, ENOENT says so too; Node's `recursive` then asks for ever.
    if (!missing || parent === folder || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
