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
  session_ready: 'l',
  session_pending: 'e',
  hinted: 'x',
  resumed: 'n',
  refused: 'f',
  key_arrived: 'd',
  not_copied: 'b',
  restarted: 'a',
  unfollowed: 'c',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'i',
  _$AB: 're',
  _$AH: 'w',
  _$AI: 'I',
  _$AR: 'm',
  _$AV: 'j',
  _$litPart$: 'Q',
  O: 'v',
  T: 'se',
  copiedId: 'de',
  defaults: 'N',
  dropToken: 'p',
  edit: 'te',
  faults: 's',
  follow: 'a',
  followSource: 'r',
  holes: 'g',
  inputs: 'V',
  isChecked: 'd',
  isUnfollowed: 'J',
  load: 'U',
  mailedTo: 'M',
  meant: 'o',
  next: 'W',
  offered: 'D',
  offerHint: 'z',
  onCopy: 'le',
  onHint: 'S',
  onInput: 'F',
  onSubmit: 'Z',
  onTab: '_',
  onTabKey: 'B',
  prefill: 'e',
  pursue: 'A',
  render: 'K',
  requestUpdate: 'E',
  resume: 'q',
  retry: 'H',
  said: 'h',
  say: 'O',
  send: 'x',
  session: 't',
  settings: 'k',
  shown: 'Y',
  signup: 'X',
  snippets: 'C',
  step: 'b',
  stepped: 'G',
  stop: 'L',
  strings: 'me',
  t: 'R',
  tab: 'n',
  tag: 'y',
  text: 'l',
  trace: 'T',
  translate: 'f',
  updateComplete: 'P',
  updated: '$',
  waitMs: 'u',
  words: 'c',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilhbnsocarpdgvBSFRmLzfEqZMDuCTQVjAPKYGkUWwXNIOHyJx_$';

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
