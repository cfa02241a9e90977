/**
 * Short names for the drop-in. Each of them could be any other: these are what `npm run names` found when
 * it tried which ones brotli packs best, and worth 0.5 %. A member that is not listed keeps its name.
 */
import type { Names } from './squeeze.ts';

/** Events of the journey that have no other meaning; nobody outside sees them. */
export const EVENTS: Readonly<Record<string, string>> = {
  session_ready: 'n',
  session_pending: 'r',
  hinted: 'l',
  resumed: 'w',
  refused: 'm',
  key_arrived: 'i',
  not_copied: 'b',
  restarted: 'k',
  unfollowed: 'p',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'q',
  _$AB: 'J',
  _$AH: 'm',
  _$AI: 'N',
  _$AR: 'P',
  _$AV: 'E',
  _$litPart$: 'x',
  O: 'A',
  T: 'me',
  copiedId: 'W',
  defaults: 'F',
  dropToken: 'K',
  edit: 'le',
  faults: 'f',
  follow: 're',
  followSource: 'C',
  holes: 'S',
  inputs: '$',
  isChecked: 'b',
  isUnfollowed: 'w',
  load: 'H',
  mailedTo: 'a',
  meant: 'o',
  next: 'y',
  offered: 'B',
  offerHint: 'D',
  onCopy: 'h',
  onHint: 'M',
  onInput: 'de',
  onSubmit: 'z',
  onTab: 'u',
  onTabKey: 'V',
  prefill: 'G',
  pursue: 'i',
  render: 's',
  requestUpdate: 'c',
  resume: 'v',
  retry: 'L',
  said: 't',
  say: 'r',
  send: 'd',
  session: 'k',
  settings: 'X',
  shown: 'Z',
  signup: 'O',
  snippets: 'Y',
  step: 'I',
  stepped: 'U',
  stop: 'se',
  strings: 'te',
  t: 'T',
  tab: '_',
  tag: 'p',
  text: 'R',
  trace: 'j',
  translate: 'l',
  updateComplete: 'Q',
  updated: 'g',
  waitMs: 'e',
  words: 'n',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilrdnsfXakYHZvbEmWgpcoLjqzDhCwQ$BTPKMRGUSAuNIOVyJx_F';

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
