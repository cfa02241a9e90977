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
  _$AI: '$',
  _$AR: 't',
  _$AV: 'C',
  _$litPart$: 'z',
  copiedId: 'y',
  defaults: 'A',
  dropToken: 'de',
  edit: 'v',
  edited: 'le',
  faults: 'j',
  follow: 'l',
  followSource: 'te',
  holes: 'X',
  inputs: 'V',
  isChecked: 'q',
  isUnfollowed: 'n',
  load: 'me',
  mailedTo: 'E',
  meant: 'W',
  next: 'e',
  offered: 'b',
  offerHint: 'S',
  onCopy: 's',
  onHint: 'g',
  onInput: 'P',
  onSubmit: 'r',
  onTab: 'k',
  onTabKey: 'p',
  prefill: 'M',
  pursue: 'se',
  render: 'Q',
  requestUpdate: 'a',
  resume: 'd',
  retry: 'O',
  said: 'i',
  say: 'Z',
  send: 'G',
  session: 'o',
  settings: 'J',
  shown: 'u',
  signup: 'B',
  snippets: 'x',
  step: 'T',
  stepped: 'F',
  stop: 'Y',
  strings: 'I',
  tab: '_',
  tag: 'L',
  text: 'D',
  trace: 'R',
  translate: 'U',
  updateComplete: 'c',
  updated: 'N',
  waitMs: 'h',
  words: 'H',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etioransldukmvfSywRgzcxqhjpETCINFALOPDMHUBbKGYWVXZJQ_$';

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
