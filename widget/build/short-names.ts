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
  session_ready: 'e',
  session_pending: 'p',
  hinted: 'g',
  resumed: 'n',
  refused: 'q',
  key_arrived: 'd',
  not_copied: 'o',
  restarted: 'l',
  unfollowed: 'i',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` is Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'me',
  _$AB: '_',
  _$AH: 'z',
  _$AI: 'R',
  _$AR: 'f',
  _$AV: 'G',
  _$litPart$: 'S',
  O: 'X',
  copiedId: 'd',
  defaults: 'p',
  dropToken: 'W',
  edit: 're',
  faults: 'l',
  follow: 'v',
  followSource: 'E',
  holes: 'Z',
  inputs: 'L',
  isChecked: 'U',
  isUnfollowed: 'M',
  load: 'O',
  mailedTo: 'r',
  meant: 't',
  next: 'se',
  offered: 'D',
  offerHint: 'le',
  onCopy: 'o',
  onHint: 'q',
  onInput: 'g',
  onSubmit: 'N',
  onTab: 'Q',
  onTabKey: 'w',
  prefill: 'y',
  pursue: 'J',
  render: 'F',
  requestUpdate: 'V',
  resume: 'n',
  retry: 'B',
  said: 'H',
  say: 'e',
  send: 'Y',
  session: 'x',
  settings: 'T',
  shown: 'u',
  signup: 'C',
  snippets: 'A',
  step: 'k',
  stepped: 'b',
  stop: 'P',
  strings: 'de',
  t: 'te',
  tab: 'j',
  tag: 'i',
  wordsOf: 's',
  trace: 'I',
  translate: '$',
  updateComplete: 'a',
  updated: 'K',
  waitMs: 'c',
  words: 'm',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'emilxucdnzarpFCOB_RhqtkAJEQYWXHILP$VNZjvswUTSfgDMyGobK';

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
