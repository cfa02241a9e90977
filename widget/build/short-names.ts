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
  session_ready: 'r',
  session_pending: 'x',
  hinted: 'g',
  resumed: 'w',
  refused: 'd',
  key_arrived: 'e',
  not_copied: 'o',
  restarted: 'q',
  unfollowed: 'i',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` is Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'p',
  _$AB: 'D',
  _$AH: 'z',
  _$AI: 'F',
  _$AR: 'Q',
  _$AV: 'S',
  _$litPart$: 'g',
  O: 'R',
  copiedId: 'W',
  defaults: 'a',
  dropToken: 'Z',
  edit: 're',
  faults: 'l',
  follow: 'X',
  followSource: 'J',
  holes: 'T',
  inputs: 'te',
  isChecked: 'c',
  isUnfollowed: 'v',
  load: 'k',
  mailedTo: 'K',
  meant: 'A',
  next: 'se',
  offered: 'd',
  offerHint: 'le',
  onCopy: 'M',
  onHint: 'I',
  onInput: '_',
  onSubmit: 'y',
  onTab: 'w',
  onTabKey: 'U',
  prefill: 'r',
  pursue: 'j',
  render: 'f',
  requestUpdate: 'V',
  resume: 'H',
  retry: 'Y',
  said: 'C',
  say: 's',
  send: 'L',
  session: 'o',
  settings: 'q',
  shown: 'u',
  signup: 'E',
  snippets: 'me',
  step: 'G',
  stepped: 'b',
  stop: 't',
  strings: 'de',
  t: 'N',
  tab: '$',
  tag: 'x',
  wordsOf: 'e',
  trace: 'P',
  translate: 'i',
  updateComplete: 'B',
  updated: 'O',
  waitMs: 'n',
  words: 'm',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilxurdnoacpFCTB_AhqmRkJHQwWXYILP$VNZjvsEUOSfgDMyGzbK';

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
