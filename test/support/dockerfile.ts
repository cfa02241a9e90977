/** A Dockerfile as far as ours goes: its stages and their instructions, and which files it may see. */
import { readFileSync } from 'node:fs';

/** One instruction; `from` is the stage that a COPY takes from, null where it is the context. */
export type Instruction = { name: string; words: string[]; from: string | null };

/** One stage, in order. */
export type Stage = { name: string | null; base: string; instructions: Instruction[] };

const KNOWN =
  /^(?:FROM|RUN|CMD|LABEL|EXPOSE|ENV|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|STOPSIGNAL|HEALTHCHECK)$/;

/** The stages of a Dockerfile. Throws at an instruction that it does not know. */
export function stagesOf(text: string): Stage[] {
  const stages: Stage[] = [];
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  for (const line of lines.filter((one) => one.trim() !== '')) {
    const [name = '', ...rest] = line.trim().split(/\s+/);
    if (!KNOWN.test(name)) throw new Error(`no instruction: ${line}`);
    if (name === 'FROM') {
      stages.push({
        base: rest[0] ?? '',
        name: rest[1] === 'AS' ? (rest[2] ?? null) : null,
        instructions: [],
      });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage) throw new Error(`before FROM: ${line}`);
    const [, from = null] = /^--from=(.+)$/.exec(rest[0] ?? '') ?? [];
    stage.instructions.push({ name, words: from === null ? rest : rest.slice(1), from });
  }
  return stages;
}

/** The words of an instruction in exec form, which is JSON. */
export function execForm({ words }: Instruction): string[] {
  const text = words.join(' ');
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** Whether `.dockerignore` lets a path into the context: the last line that matches it, or a folder of it, decides. */
export function isInContext(path: string): boolean {
  let inside = true;
  const lines = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8').split('\n');
  for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) {
    const pattern = line.replace(/^!/, '').split('/');
    const parts = path.split('/').slice(0, pattern.length);
    if (parts.length === pattern.length && pattern.every((one, index) => one === '*' || one === parts[index]))
      inside = line.startsWith('!');
  }
  return inside;
}
