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
  session_ready: 'n',
  session_pending: 'k',
  hinted: 'i',
  resumed: 'm',
  refused: 'o',
  key_arrived: 'a',
  not_copied: 'b',
  restarted: 'f',
  unfollowed: 'y',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'H',
  _$AB: 'F',
  _$AH: 'P',
  _$AI: 'X',
  _$AR: 'M',
  _$AV: 'T',
  _$litPart$: 'me',
  O: 'y',
  T: 'z',
  copiedId: 'L',
  defaults: 'B',
  dropToken: 'W',
  edit: 're',
  faults: 'l',
  follow: 'G',
  followSource: 'D',
  holes: 'le',
  inputs: 'te',
  isChecked: 'A',
  isUnfollowed: 'f',
  load: 'p',
  mailedTo: 'q',
  meant: 'o',
  next: 'se',
  offered: 'U',
  offerHint: 'g',
  onCopy: 'S',
  onHint: 'C',
  onInput: '_',
  onSubmit: 'I',
  onTab: 'm',
  onTabKey: 'J',
  prefill: 'r',
  pursue: 'j',
  render: 'Q',
  requestUpdate: 'R',
  resume: 'O',
  retry: 'E',
  said: 'Z',
  say: 's',
  send: 'd',
  session: 'Y',
  settings: 'N',
  shown: 'k',
  signup: 'K',
  snippets: 'a',
  step: '$',
  stepped: 'V',
  stop: 't',
  strings: 'de',
  t: 'x',
  tab: 'u',
  tag: 'v',
  wordsOf: 'e',
  trace: 'i',
  translate: 'c',
  updateComplete: 'h',
  updated: 'b',
  waitMs: 'n',
  words: 'w',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilxgrdnoacpbCFY_BhkmZXNqRAJuGVLP$MTKjvsEWwSfIDHyOzUQ';

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
