/**
 * Tries other short names for the drop-in, and writes those that brotli packs best into short-names.ts.
 * Arguments: seconds to try (default 120; with 0 nothing is written) and a seed (default 1).
 *
 * It also prints the mean of 40 tables shuffled at random: what a change of the element's code is worth.
 * One figure alone says little, because the names were fitted to the code before the change.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, parseAst, type InlineConfig, type Rolldown } from 'vite';
import { scriptConfig } from '../../vite.config.ts';
import { EVENTS, identifierOf, LETTERS, MEMBERS } from './short-names.ts';
import type { Names } from './squeeze.ts';

/** A choice of names; `letters` as `LETTERS`, one by one. */
type Table = { events: Record<string, string>; members: Record<string, string>; letters: readonly string[] };

/** A built script: what stands between the names, and which name stands in each gap, by turns. */
type Pieces = readonly string[];

const SHUFFLES = 40;
/** How much worse a table may be, in bytes, and still be gone on from; less and less towards the end. */
const TEMPERATURE = 3.5;
/** So many letters at the front name nearly all variables. */
const FREQUENT = 28;

const FILE = new URL('short-names.ts', import.meta.url);
const [seconds = 120, seed = 1] = process.argv.slice(2).map(Number);

/** Stands where a name will: `e` an event, `m` a member, `v` a variable. */
const gap = (kind: 'e' | 'm' | 'v', which: number) => `zq${kind}${which}qz`;
const EVENT_NAMES = Object.keys(EVENTS);
const MEMBER_NAMES = Object.keys(MEMBERS);
/** An event by the name of a member would be shortened once more, like it. */
const EVENT_LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz').filter(
  (letter) => !MEMBER_NAMES.includes(letter),
);
const gaps = (kind: 'e' | 'm', names: readonly string[]) =>
  Object.fromEntries(names.map((name, index) => [name, gap(kind, index)]));
const GAPS: Names = {
  events: gaps('e', EVENT_NAMES),
  members: gaps('m', MEMBER_NAMES),
  identifier: (index) => gap('v', index),
};

/** The code of one script, built as `npm run build` does. */
async function built(mode: string, names?: Names): Promise<string> {
  const config: InlineConfig = { ...scriptConfig(mode, names), configFile: false, logLevel: 'silent' };
  config.build = { ...config.build, write: false };
  const [bundle] = [await build(config)].flat() as Rolldown.RolldownOutput[];
  const chunk = bundle?.output.find((file) => file.type === 'chunk');
  if (chunk?.type !== 'chunk') throw new Error(`--mode ${mode} builds no script`);
  return chunk.code;
}

async function piecesOf(mode: string): Promise<Pieces> {
  return (await built(mode, GAPS)).split(/zq([emv]\d+)qz/);
}

const namesOf = ({ letters, ...names }: Table): Names => ({
  ...names,
  identifier: identifierOf(letters.join('')),
});

/** The script under `table`; `{a:a}` is written `{a}`, and `{a:a=1}` likewise, as the minifier does. */
function written(pieces: Pieces, table: Table): string {
  const { events, members, identifier } = namesOf(table);
  const name = (piece: string) => {
    const index = Number(piece.slice(1));
    if (piece[0] === 'v') return identifier(index);
    return piece[0] === 'e' ? events[EVENT_NAMES[index]!]! : members[MEMBER_NAMES[index]!]!;
  };
  return pieces
    .map((piece, index) => (index % 2 === 0 ? piece : name(piece)))
    .join('')
    .replace(/(?<=[{,])([\w$]+):\1(?=[,}]|=(?![=>]))/g, '$1');
}

/** Bytes of brotli. */
function packed(code: string): number {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(code),
  };
  return brotliCompressSync(code, { params }).length;
}

let state = seed;
/** A number from 0 up to, and without, `below`. */
function random(below: number): number {
  // The Lehmer generator with the constants of C++'s minstd_rand.
  state = ((state || 1) * 48271) % 2147483647;
  return (state / 2147483647) * below;
}
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random(items.length))]!;

function swapped<Item>(items: readonly Item[], one: Item, other: Item): Item[] {
  return items.map((item) => (item === one ? other : item === other ? one : item));
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: random(1) }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** A table beside `table`, with two or three names changed. */
function neighbour(table: Table): Table {
  const kind = random(1);
  if (kind < 0.62) {
    const members = { ...table.members };
    for (let swaps = random(1) < 0.2 ? 2 : 1; swaps > 0; swaps--) {
      const [one, other] = [pick(MEMBER_NAMES), pick(MEMBER_NAMES)];
      [members[one], members[other]] = [members[other]!, members[one]!];
    }
    return { ...table, members };
  }
  if (kind < 0.9) {
    const one = pick(table.letters.slice(0, FREQUENT));
    return { ...table, letters: swapped(table.letters, one, pick(table.letters)) };
  }
  const [event, letter] = [pick(EVENT_NAMES), pick(EVENT_LETTERS)];
  const had = EVENT_NAMES.find((name) => table.events[name] === letter);
  const given = had === undefined ? {} : { [had]: table.events[event]! };
  return { ...table, events: { ...table.events, ...given, [event]: letter } };
}

/** Whether no variable would be a word of the language, which the minifier would leave out. */
function isUsable({ letters }: Table): boolean {
  const identifier = identifierOf(letters.join(''));
  return VARIABLES.every((index) => !/^(?:do|if|in)$/.test(identifier(index)));
}

/** A table that knows nothing of the code. */
function anyTable(table: Table): Table {
  const values = shuffled(Object.values(table.members));
  const members = Object.fromEntries(MEMBER_NAMES.map((name, index) => [name, values[index]!]));
  const letters = [...shuffled(table.letters.slice(0, 10)), ...table.letters.slice(10)];
  return { ...table, members, letters };
}

/** Calls `visit` with the name of each member that is written out somewhere in a syntax tree. */
function eachMember(tree: unknown, visit: (name: string) => void): void {
  if (typeof tree !== 'object' || tree === null) return;
  const { type, computed, property, key } = tree as Record<string, unknown>;
  const { name } = ((type === 'MemberExpression' ? property : key) ?? {}) as { name?: unknown };
  if (type && !computed && typeof name === 'string') visit(name);
  for (const part of Object.values(tree)) eachMember(part, visit);
}

/** Throws when two members would have one name: on the same object, one of them would take the other's place. */
function expectUnique({ members }: Table): void {
  const taken = new Map(Object.entries(members).map(([name, short]) => [short, name]));
  if (taken.size < MEMBER_NAMES.length) throw new Error('two of MEMBERS have the same short name');
  for (const pieces of scripts)
    eachMember(
      parseAst(pieces.map((piece, index) => (index % 2 === 0 ? piece : `zq${piece}qz`)).join('')),
      (name) => {
        if (taken.has(name))
          throw new Error(`${taken.get(name)} is short for a member ${name} that is not in MEMBERS; list it`);
      },
    );
}

/** Writes `table` into short-names.ts, each name where it stands. */
function write({ events, members, letters }: Table): void {
  let text = readFileSync(FILE, 'utf8');
  const put = (before: string, value: string) => {
    const parts = text.split(before);
    if (parts.length !== 2) throw new Error(`${FILE.pathname} has to say ${before} once`);
    text = `${parts[0]}${before}${parts[1]!.replace(/^[^']*/, () => value)}`;
  };
  for (const [name, short] of Object.entries({ ...events, ...members })) put(`\n  ${name}: '`, short);
  put("LETTERS = '", letters.join(''));
  writeFileSync(FILE, text);
}

/** Throws when `npm run build` makes something else of `table` than what is weighed here. */
async function expectBuilt(table: Table): Promise<void> {
  for (const [index, mode] of MODES.entries()) {
    if (written(scripts[index]!, table) !== (await built(mode, namesOf(table))))
      throw new Error(`${mode} is put together here otherwise than npm run build does`);
  }
}

const MODES = ['drop-in', 'global'];
const scripts = await Promise.all(MODES.map(piecesOf));
/** Which variables there are, as `identifier` counts them. */
const VARIABLES = [...new Set(scripts.flat())]
  .filter((piece) => /^v\d+$/.test(piece))
  .map((piece) => Number(piece.slice(1)));
const sizes = (table: Table) => scripts.map((pieces) => packed(written(pieces, table)));
const said = (figures: readonly number[]) => `${figures.map((figure) => figure.toFixed(0)).join(' and ')} B`;

const now: Table = { events: { ...EVENTS }, members: { ...MEMBERS }, letters: Array.from(LETTERS) };
expectUnique(now);
await expectBuilt(now);
const others = Array.from({ length: SHUFFLES }, () => sizes(anyTable(now)));
const mean = MODES.map((_, index) => others.reduce((sum, figures) => sum + figures[index]!, 0) / SHUFFLES);
console.log(`now ${said(sizes(now))}; mean of ${SHUFFLES} other tables ${said(mean)}`);

/** Both scripts count, and the larger one twice. */
const cost = (figures: readonly number[]) =>
  figures.reduce((sum, figure) => sum + figure, 0) + Math.max(...figures);
let [table, best] = [now, now];
let [current, least] = [cost(sizes(now)), cost(sizes(now))];
const from = performance.now();
for (let spent = seconds > 0 ? 0 : 1; spent < 1; spent = (performance.now() - from) / 1000 / seconds) {
  const next = neighbour(table);
  if (!isUsable(next)) continue;
  const costs = cost(sizes(next));
  if (costs >= current - Math.log(random(1)) * TEMPERATURE * (1 - spent)) continue;
  [table, current] = [next, costs];
  if (costs < least) [best, least] = [next, costs];
}
if (best !== now) {
  await expectBuilt(best);
  write(best);
  console.log(`written: ${said(sizes(best))}; npm run build`);
} else if (seconds > 0) console.log('nothing better found');
