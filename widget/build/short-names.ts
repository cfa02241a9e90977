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
  session_pending: 's',
  hinted: 'r',
  resumed: 'w',
  refused: 'l',
  key_arrived: 'i',
  not_copied: 'b',
  restarted: 'f',
  unfollowed: 'p',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'O',
  _$AB: 'T',
  _$AH: 'H',
  _$AI: 'B',
  _$AR: 'z',
  _$AV: 'E',
  _$litPart$: 'L',
  O: 'Z',
  T: 'me',
  copiedId: 'g',
  defaults: 'C',
  dropToken: 'K',
  edit: 'le',
  faults: 'f',
  follow: 're',
  followSource: 'X',
  holes: 'M',
  inputs: '$',
  isChecked: 'x',
  isUnfollowed: 'I',
  load: 'Q',
  mailedTo: 'a',
  meant: 'o',
  next: 'y',
  offered: 'W',
  offerHint: 'N',
  onCopy: 'b',
  onHint: 'V',
  onInput: 'de',
  onSubmit: 'G',
  onTab: 'w',
  onTabKey: 'j',
  prefill: 'u',
  pursue: 'A',
  render: 's',
  requestUpdate: 'c',
  resume: 'v',
  retry: 'S',
  said: 't',
  say: 'r',
  send: 'h',
  session: 'k',
  settings: 'd',
  shown: 'J',
  signup: 'D',
  snippets: 'q',
  step: 'm',
  stepped: 'U',
  stop: 'se',
  strings: 'te',
  t: 'R',
  tab: 'F',
  tag: 'p',
  text: 'P',
  trace: 'Y',
  translate: 'l',
  updateComplete: 'i',
  updated: '_',
  waitMs: 'e',
  words: 'n',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilrdnsfXakmVcvwEWAgpzoLjqZDhCbQ$BTPKMRGUSYuNIOHyJx_F';

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
