/**
 * Short names for the drop-in. Each of them could be any other: these are what `npm run names` found when
 * it tried which ones brotli packs best, and worth 0.5 %. A member that is not listed keeps its name.
 */
import type { Names } from './squeeze.ts';

/**
 * Events of the journey that have no other meaning; nobody outside sees them. No variable there may have the
 * name of one: it would get the short name too early, and what is inlined would hang on it.
 */
export const EVENTS: Readonly<Record<string, string>> = {
  session_ready: 'i',
  session_pending: 'b',
  hinted: 'g',
  resumed: 'r',
  refused: 'n',
  key_arrived: 'd',
  not_copied: 'e',
  restarted: 'l',
  unfollowed: 'o',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` is Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'me',
  _$AB: 'g',
  _$AH: 'W',
  _$AI: 'R',
  _$AR: 'b',
  _$AV: 'w',
  _$litPart$: 'D',
  O: 'Q',
  copiedId: 'r',
  defaults: 'K',
  dropToken: 'V',
  edit: 're',
  faults: 'l',
  follow: 'j',
  followSource: 'X',
  holes: 'G',
  inputs: 'p',
  isChecked: 'N',
  isUnfollowed: 'n',
  load: 'H',
  mailedTo: 'o',
  meant: 'O',
  next: 'se',
  offered: 'T',
  offerHint: 'le',
  onCopy: 'I',
  onHint: 'q',
  onInput: 'Y',
  onSubmit: '_',
  onTab: 'B',
  onTabKey: 'J',
  prefill: 'M',
  pursue: 'd',
  render: 'i',
  requestUpdate: 'f',
  resume: 'A',
  retry: 'y',
  said: 't',
  say: 'e',
  send: 'S',
  session: 'x',
  settings: 'z',
  shown: 'u',
  signup: 'U',
  snippets: 'L',
  step: 's',
  stepped: 'F',
  stop: 'P',
  strings: 'de',
  t: 'te',
  tab: '$',
  tag: 'Z',
  wordsOf: 'C',
  trace: 'v',
  translate: 'c',
  updateComplete: 'a',
  updated: 'k',
  waitMs: 'E',
  words: 'm',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'emilxucdnoarpkZKMYRNqtOFyDzEWXHILP$VUCjvswhTSfgBQJG_bA';

/** The name of a scope's `index`th variable, from 0, when `letters` is the order. */
export function identifierOf(letters: string): (index: number) => string {
  return (index) => {
    const first = letters[index % letters.length]!;
    const rest = Math.floor(index / letters.length);
    return rest ? `${first}${letters[rest - 1]}` : first;
  };
}

/** All of them. */
export const SHORT: Names = { events: EVENTS, members: MEMBERS, identifier: identifierOf(LETTERS) };
