/**
 * Short names for the drop-in. Each of them could be any other: these are what `npm run names` found when
 * it tried which ones brotli packs best, and worth 0.5 %. A member that is not listed keeps its name.
 */
import type { Names } from './squeeze.ts';

/** Events of the journey that have no other meaning; nobody outside sees them. */
export const EVENTS: Readonly<Record<string, string>> = {
  session_ready: 'g',
  session_pending: 's',
  hinted: 'c',
  resumed: 'w',
  refused: 'q',
  key_arrived: 'f',
  not_copied: 'x',
  restarted: 'm',
  unfollowed: 'n',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'w',
  _$AB: 'v',
  _$AH: 'm',
  _$AI: 'd',
  _$AR: 'p',
  _$AV: '$',
  _$litPart$: 's',
  copiedId: 'I',
  defaults: 'q',
  dropToken: 'de',
  edit: 'U',
  faults: 'f',
  follow: 'b',
  followSource: 'me',
  holes: 'R',
  inputs: 'T',
  isChecked: 'x',
  isUnfollowed: 'C',
  load: 'j',
  mailedTo: 'E',
  meant: 'Z',
  next: 'e',
  offered: 'k',
  offerHint: 'y',
  onCopy: 'g',
  onHint: 'Q',
  onInput: 'G',
  onSubmit: 'H',
  onTab: 'K',
  onTabKey: 'A',
  prefill: 'B',
  pursue: 'se',
  render: 'O',
  requestUpdate: 'a',
  resume: 'M',
  retry: 'te',
  said: 't',
  say: 'z',
  send: 'S',
  session: 'o',
  settings: 'Y',
  shown: 'u',
  signup: 'r',
  snippets: 'X',
  step: 'F',
  stepped: 'V',
  stop: 'J',
  strings: 'D',
  tab: 'n',
  tag: 'i',
  text: '_',
  trace: 'l',
  translate: 'h',
  updateComplete: 'c',
  updated: 'N',
  waitMs: 'L',
  words: 'W',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilrfnsoWdkmVbATzCgjcZahqLEDpFYS$BOPQMKHUGvuNIXRyJx_w';

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
