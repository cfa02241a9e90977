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
  session_ready: 'q',
  session_pending: 'a',
  hinted: 'z',
  resumed: 'w',
  refused: 'm',
  key_arrived: 'd',
  not_copied: 'b',
  restarted: 'h',
  unfollowed: 'o',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'i',
  _$AB: 'd',
  _$AH: 'T',
  _$AI: 'x',
  _$AR: 'te',
  _$AV: 'Y',
  _$litPart$: 'w',
  O: 'C',
  T: 'se',
  copiedId: 'H',
  defaults: 'r',
  dropToken: 'p',
  edit: 're',
  faults: 'f',
  follow: 'Q',
  followSource: 'V',
  holes: 'q',
  inputs: 'u',
  isChecked: 'N',
  isUnfollowed: 'h',
  load: 'E',
  mailedTo: 'k',
  meant: 'o',
  next: 'm',
  offered: 'a',
  offerHint: 'L',
  onCopy: 'le',
  onHint: 'X',
  onInput: 'de',
  onSubmit: '_',
  onTab: 'P',
  onTabKey: 'G',
  prefill: 'A',
  pursue: 'K',
  render: 'g',
  requestUpdate: 'U',
  resume: 'F',
  retry: 'Z',
  said: 't',
  say: 'y',
  send: 'j',
  session: 'B',
  settings: 'M',
  shown: 'v',
  signup: 'S',
  snippets: 'l',
  step: 'W',
  stepped: 'R',
  stop: 'O',
  strings: 'me',
  t: 'b',
  tab: 'J',
  tag: 'c',
  text: 'z',
  trace: 's',
  translate: 'I',
  updateComplete: '$',
  updated: 'D',
  waitMs: 'e',
  words: 'n',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilrbnsfuacpdT$ZGEAmvzoLqjkDhCgQVBRPKMFWUSwYNIOHyJx_X';

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
