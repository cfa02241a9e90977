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
  session_ready: 'h',
  session_pending: 'm',
  hinted: 'o',
  resumed: 'w',
  refused: 'n',
  key_arrived: 'e',
  not_copied: 'b',
  restarted: 'l',
  unfollowed: 'i',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'f',
  _$AB: 'w',
  _$AH: 'G',
  _$AI: 'D',
  _$AR: 'K',
  _$AV: 'S',
  _$litPart$: 'E',
  O: 'i',
  T: 'N',
  copiedId: 'k',
  defaults: 'T',
  dropToken: 'I',
  edit: 're',
  faults: 'l',
  follow: 'X',
  followSource: 'A',
  holes: 'd',
  inputs: 'te',
  isChecked: 'B',
  isUnfollowed: 'U',
  load: 'a',
  mailedTo: 'me',
  meant: 'o',
  next: 'se',
  offered: 'L',
  offerHint: '$',
  onCopy: 'y',
  onHint: 'R',
  onInput: '_',
  onSubmit: 'P',
  onTab: 'm',
  onTabKey: 'z',
  prefill: 'r',
  pursue: 'j',
  render: 'p',
  requestUpdate: 'q',
  resume: 'h',
  retry: 'c',
  said: 'O',
  say: 's',
  send: 'Z',
  session: 'Y',
  settings: 'M',
  shown: 'v',
  signup: 'H',
  snippets: 'x',
  step: 'J',
  stepped: 'W',
  stop: 't',
  strings: 'de',
  t: 'b',
  tab: 'le',
  tag: 'V',
  wordsOf: 'e',
  trace: 'F',
  translate: 'g',
  updateComplete: 'u',
  updated: 'Q',
  waitMs: 'n',
  words: 'C',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilxgrdnoacpbCBY_AhkmvuZqQwFXGILP$VNKjMsEWOSfJDRyHzTU';

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
