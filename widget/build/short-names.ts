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
  session_ready: 'f',
  session_pending: 'u',
  hinted: 'e',
  resumed: 'i',
  refused: 'r',
  key_arrived: 'd',
  not_copied: 'o',
  restarted: 'b',
  unfollowed: 'h',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'i',
  _$AB: 'C',
  _$AH: 'H',
  _$AI: 'X',
  _$AR: 're',
  _$AV: 'E',
  _$litPart$: 'S',
  O: 'b',
  T: 'te',
  copiedId: 'de',
  defaults: 'J',
  dropToken: 'p',
  edit: 'se',
  faults: 's',
  follow: 'u',
  followSource: '$',
  holes: 'Z',
  inputs: 'V',
  isChecked: 'W',
  isUnfollowed: 'j',
  load: 'N',
  mailedTo: 'f',
  meant: 'o',
  next: 'K',
  offered: 'B',
  offerHint: 'T',
  onCopy: 'le',
  onHint: '_',
  onInput: 'Y',
  onSubmit: 'U',
  onTab: 'L',
  onTabKey: 'Q',
  prefill: 'I',
  pursue: 'h',
  render: 'w',
  requestUpdate: 'm',
  resume: 'r',
  retry: 'P',
  said: 'a',
  say: 'O',
  send: 'x',
  session: 't',
  settings: 'R',
  shown: 'n',
  signup: 'D',
  snippets: 'k',
  step: 'M',
  stepped: 'y',
  stop: 'q',
  strings: 'me',
  t: 'z',
  tab: 'G',
  tag: 'c',
  text: 'l',
  trace: 'd',
  translate: 'g',
  updateComplete: 'v',
  updated: 'A',
  waitMs: 'e',
  words: 'F',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilhbnsfcarpdTXBkEAmvzoLqjMDuCgQVZRPKYGWUSwFNIOHyJx_$';

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
