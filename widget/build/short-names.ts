/**
 * Short names for the drop-in. Each of them could be any other: these were found by trying which ones
 * brotli packs best, and are worth 0.5 %. A member that is not listed keeps its name.
 */

/** Events of the journey that have no other meaning; nobody outside sees them. */
export const EVENTS = {
  session_ready: 'e',
  session_pending: 'l',
  hinted: 'c',
  resumed: 'w',
  refused: 'b',
  key_arrived: 'o',
  not_copied: 'u',
  restarted: 'r',
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
  _$AI: 'N',
  _$AR: 't',
  _$AV: 'C',
  _$litPart$: 'Q',
  copiedId: 'D',
  defaults: 'u',
  dropToken: 'J',
  edit: 'n',
  edited: 'le',
  faults: 's',
  follow: 'x',
  followSource: 'te',
  holes: 'H',
  inputs: 'X',
  isChecked: 'q',
  isUnfollowed: 'p',
  load: 'me',
  mailedTo: 'E',
  meant: 'W',
  next: 'e',
  offered: 'b',
  offerHint: 'S',
  onCopy: 'd',
  onHint: 'z',
  onInput: 'V',
  onSubmit: 'r',
  onTab: 'F',
  onTabKey: 'Z',
  prefill: 'T',
  pursue: 'se',
  render: 'U',
  requestUpdate: 'G',
  resume: '_',
  retry: 'B',
  said: 'i',
  say: 'k',
  send: 'M',
  session: 'o',
  settings: 'j',
  shown: 'I',
  signup: 'L',
  snippets: 'a',
  step: 'v',
  stepped: 'Y',
  stop: '$',
  strings: 'l',
  tab: 'P',
  tag: 'y',
  text: 'g',
  trace: 'R',
  translate: 'A',
  updateComplete: 'c',
  updated: 'de',
  waitMs: 'h',
  words: 'O',
};

/** Letters in the order in which variables take them. */
const LETTERS = 'etiornasldukmhpSywFgvcxqzjfETCINRALOPDMHUBbKGYWVXZJQ_$';

/** The name of a scope's `index`th variable. */
export function identifier(index: number): string {
  const first = LETTERS[index % LETTERS.length]!;
  const rest = Math.floor(index / LETTERS.length);
  return rest ? `${first}${LETTERS[rest - 1]}` : first;
}
