/**
 * Short names for the drop-in. Each of them could be any other: these are what `npm run names` found when
 * it tried which ones brotli packs best, and worth 0.5 %. A member that is not listed keeps its name.
 */
import type { Names } from './squeeze.ts';

/** Events of the journey that have no other meaning; nobody outside sees them. */
export const EVENTS: Readonly<Record<string, string>> = {
  session_ready: 'g',
  session_pending: 'u',
  hinted: 'h',
  resumed: 'w',
  refused: 'y',
  key_arrived: 'a',
  not_copied: 'p',
  restarted: 'e',
  unfollowed: 'l',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members; `O` and `T` are Lit's as well. One that is as short as these has to be listed, or another
 * might get its name.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'q',
  _$AB: 'h',
  _$AH: 'c',
  _$AI: 'd',
  _$AR: 'O',
  _$AV: 'U',
  _$litPart$: 'V',
  O: 'e',
  T: 'le',
  copiedId: 'i',
  defaults: 'X',
  dropToken: 'r',
  edit: 'A',
  faults: 'f',
  follow: 'M',
  followSource: 'R',
  holes: 'x',
  inputs: 'b',
  isChecked: 'C',
  isUnfollowed: 'k',
  load: 's',
  mailedTo: 'Z',
  meant: 'F',
  next: 'P',
  offered: 'te',
  offerHint: 'G',
  onCopy: 'L',
  onHint: '$',
  onInput: 'l',
  onSubmit: 'J',
  onTab: 'Q',
  onTabKey: 'B',
  prefill: 'g',
  pursue: 'se',
  render: 'me',
  requestUpdate: 'p',
  resume: 'v',
  retry: 'W',
  said: 't',
  say: 'y',
  send: 'u',
  session: 'o',
  settings: 'N',
  shown: 'E',
  signup: 'n',
  snippets: 'm',
  step: 'z',
  stepped: 'H',
  stop: 'T',
  strings: 'S',
  t: 're',
  tab: '_',
  tag: 'a',
  text: 'D',
  trace: 'I',
  translate: 'w',
  updateComplete: 'K',
  updated: 'Y',
  waitMs: 'j',
  words: 'de',
};

/** Letters in the order in which variables take them. */
export const LETTERS = 'etilrdnsfWokYwcvbVFXLqZapgjGDhCmS$BOPQMKHUEAuNITRyJx_z';

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
