/** A file that is to be written, and its folder, with the folders above it: for their owner alone. */
import { mkdir, open, stat } from 'node:fs/promises';
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

/**
 * Makes an empty `file` for its owner alone where it is missing. What stands there stays as it is, and
 * is not even opened; what cannot be made is left to whoever writes it to say.
 */
export async function makeFile(file: string): Promise<void> {
  const made = await open(file, 'wx', 0o600).catch(() => null);
  await made?.close();
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
