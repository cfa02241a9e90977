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
  session_ready: 'g',
  session_pending: 'l',
  hinted: 'e',
  resumed: 'o',
  refused: 'a',
  key_arrived: 'p',
  not_copied: 'b',
  restarted: 'n',
  unfollowed: 'w',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'x',
  _$AB: 'J',
  _$AH: 'H',
  _$AI: 'Q',
  _$AR: 'm',
  _$AV: 'Y',
  _$litPart$: 'y',
  O: 'D',
  T: 'me',
  copiedId: 'R',
  defaults: 'g',
  dropToken: '_',
  edit: 'u',
  faults: 's',
  follow: 'le',
  followSource: 'M',
  holes: 'r',
  inputs: 'te',
  isChecked: 'Z',
  isUnfollowed: 'O',
  load: 'I',
  mailedTo: 'e',
  meant: 'o',
  next: '$',
  offered: 'C',
  offerHint: 'F',
  onCopy: 'S',
  onHint: 'j',
  onInput: 'W',
  onSubmit: 'w',
  onTab: 'E',
  onTabKey: 'P',
  prefill: 'n',
  pursue: 'se',
  render: 're',
  requestUpdate: 'c',
  resume: 'A',
  retry: 'i',
  said: 'G',
  say: 'K',
  send: 'h',
  session: 't',
  settings: 'k',
  shown: 'd',
  signup: 'b',
  snippets: 'B',
  step: 'N',
  stepped: 'V',
  stop: 'a',
  strings: 'de',
  t: 'p',
  tab: 'q',
  tag: 'T',
  wordsOf: 'l',
  trace: 'v',
  translate: 'U',
  updateComplete: 'f',
  updated: 'L',
  waitMs: 'z',
  words: 'X',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilBgndcoarpkZvLOjRbhfmNDPVSuCJQq$ATKYGsMWwFXIxHyUz_E';

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
