/** The script of a partner's page, built as partners build theirs. */
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

/** partner-card.ts in one file, with the Lit of this repository inside. */
export async function buildPartnerScript(): Promise<string> {
  const entry = fileURLToPath(new URL('partner-card.ts', import.meta.url));
  const output = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry, formats: ['es'], fileName: 'partner' } },
  })) as Rolldown.RolldownOutput[];
  const [chunk] = output[0]?.output ?? [];
  if (!chunk) throw new Error('Nothing was built.');
  return chunk.code;
}
