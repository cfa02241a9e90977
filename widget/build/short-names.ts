/**
 * Short names for the drop-in. Each of them could be any other: these are what `npm run names` found when
 * it tried which ones brotli packs best, and worth 0.5 %. A member that is not listed keeps its name.
 */
import type { Names } from './squeeze.ts';

/** Events of the journey that have no other meaning; nobody outside sees them. */
export const EVENTS: Readonly<Record<string, string>> = {
  session_ready: 'g',
  session_pending: 'o',
  hinted: 'c',
  resumed: 'w',
  refused: 'f',
  key_arrived: 'r',
  not_copied: 'x',
  restarted: 'l',
  unfollowed: 'n',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'w',
  _$AB: 'f',
  _$AH: 'm',
  _$AI: 'M',
  _$AR: 'p',
  _$AV: 'K',
  _$litPart$: 'Q',
  copiedId: 'q',
  defaults: 'k',
  dropToken: 'de',
  edit: 'D',
  edited: 'bn',
  faults: 'v',
  follow: 'y',
  followSource: 'me',
  holes: 'C',
  inputs: 'H',
  isChecked: 'F',
  isUnfollowed: 'd',
  load: 'z',
  mailedTo: 'E',
  meant: 'X',
  next: 'e',
  offered: 'B',
  offerHint: 'G',
  onCopy: 'A',
  onHint: 'S',
  onInput: 'O',
  onSubmit: 'R',
  onTab: 'b',
  onTabKey: '_',
  prefill: 'g',
  pursue: 'se',
  render: 's',
  requestUpdate: 'a',
  resume: 'L',
  retry: 'te',
  said: 't',
  say: 'j',
  send: 'I',
  session: 'o',
  settings: 'T',
  shown: 'u',
  signup: 'r',
  snippets: 'U',
  step: 'V',
  stepped: '$',
  stop: 'Z',
  strings: 'J',
  tab: 'n',
  tag: 'i',
  text: 'x',
  trace: 'l',
  translate: 'Y',
  updateComplete: 'c',
  updated: 'N',
  waitMs: 'h',
  words: 'W',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etioranslWdkmVjATzCgQcZqhfBEDpFYS$LOPbMKHUGvuNIXRyJx_w';

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
