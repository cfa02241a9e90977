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
  session_pending: 'o',
  hinted: 'p',
  resumed: 'a',
  refused: 'e',
  key_arrived: 'l',
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
  _$AB: 'H',
  _$AH: 'T',
  _$AI: 'L',
  _$AR: 'm',
  _$AV: 'C',
  _$litPart$: 'y',
  O: 'D',
  T: 'me',
  copiedId: 'V',
  defaults: 'g',
  dropToken: '_',
  edit: 'I',
  faults: 's',
  follow: 'p',
  followSource: 'r',
  holes: 'G',
  inputs: 'te',
  isChecked: 'M',
  isUnfollowed: 'Z',
  load: 'R',
  mailedTo: 'B',
  meant: 'o',
  next: '$',
  offered: 'Y',
  offerHint: 'q',
  onCopy: 'w',
  onHint: 'K',
  onInput: 'u',
  onSubmit: 'v',
  onTab: 'a',
  onTabKey: 'E',
  prefill: 'n',
  pursue: 're',
  render: 'se',
  requestUpdate: 'de',
  resume: 'N',
  retry: 'P',
  said: 'O',
  say: 'f',
  send: 'h',
  session: 't',
  settings: 'le',
  shown: 'd',
  signup: 'b',
  snippets: 'U',
  step: 'i',
  stepped: 'J',
  stop: 'S',
  strings: 'X',
  t: 'j',
  tab: 'e',
  tag: 'A',
  wordsOf: 'l',
  trace: 'W',
  translate: 'k',
  updateComplete: 'F',
  updated: 'Q',
  waitMs: 'z',
  words: 'c',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilhgnkcoarpdbvLOjRmBfxXSPJDuCZQq$ATKYGsMWwFNIVHyUz_E';

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
