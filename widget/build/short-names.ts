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
  session_ready: 'm',
  session_pending: 'p',
  hinted: 'g',
  resumed: 's',
  refused: 'e',
  key_arrived: 'd',
  not_copied: 'l',
  restarted: 'q',
  unfollowed: 'a',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` is Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'le',
  _$AB: 'D',
  _$AH: 'r',
  _$AI: 'R',
  _$AR: 'y',
  _$AV: 'v',
  _$litPart$: 'O',
  O: 'b',
  copiedId: 'm',
  defaults: 'te',
  dropToken: 'j',
  edit: 're',
  faults: 'l',
  follow: 'U',
  followSource: 'Y',
  holes: 'B',
  inputs: 'Z',
  isChecked: 'g',
  isUnfollowed: 'n',
  load: 'M',
  mailedTo: 'o',
  meant: 'Q',
  next: 'se',
  offered: 'K',
  offerHint: 'me',
  onCopy: 'W',
  onHint: 'k',
  onInput: 'J',
  onSubmit: 'G',
  onTab: 'I',
  onTabKey: 'N',
  prefill: 'P',
  pursue: '_',
  render: 'X',
  requestUpdate: 'T',
  resume: 'F',
  retry: 'C',
  said: 't',
  say: 'e',
  send: 'z',
  session: 'c',
  settings: 'x',
  shown: 'u',
  signup: 'q',
  snippets: 'L',
  step: 'p',
  stepped: 'w',
  stop: 'H',
  strings: 'de',
  t: 'S',
  tab: 'i',
  tag: 'a',
  wordsOf: 'A',
  trace: 'E',
  translate: 'V',
  updateComplete: 'f',
  updated: '$',
  waitMs: 'd',
  words: 's',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'emilxucdnafrpTAKyWRVqtEYBJbkPXHILz$oMZjDswhvSNgQUOG_FC';

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
