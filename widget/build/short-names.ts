/**
 * Short names for the drop-in. Each of them could be any other: these were found by trying which ones
 * brotli packs best, and are worth 0.5 %. A member that is not listed keeps its name.
 */

/** Events of the journey that have no other meaning; nobody outside sees them. */
export const EVENTS = {
  session_ready: 'a',
  session_pending: 'b',
  hinted: 'c',
  resumed: 'd',
  refused: 'f',
  key_arrived: 'k',
  not_copied: 'u',
  restarted: 'r',
  unfollowed: 'n',
};

/**
 * Members that nothing outside the file, no text and no stored data speaks of. `_$` is Lit's own mark for
 * such members.
 */
export const MEMBERS: Readonly<Record<string, string>> = {
  _$AA: 'S',
  _$AB: 'y',
  _$AH: 'A',
  _$AI: 'F',
  _$AR: 'c',
  _$AV: 'C',
  _$litPart$: 'D',
  copiedId: 'u',
  defaults: 'f',
  edit: 'n',
  edited: 'le',
  faults: 's',
  follow: 'm',
  followSource: 'te',
  holes: 'w',
  inputs: 'i',
  isChecked: 'q',
  isOpen: 'se',
  isUnfollowed: 'p',
  load: 'me',
  mailedTo: 'W',
  meant: 'l',
  next: 'Q',
  offered: 'b',
  offerHint: 'O',
  onCopy: 'E',
  onHint: 'R',
  onInput: 'T',
  onSubmit: 'k',
  onTab: 'v',
  onTabKey: 'z',
  prefill: 'Y',
  render: 'N',
  requestUpdate: 'G',
  resume: 'e',
  retry: 'V',
  said: 'd',
  say: 'X',
  send: 'Z',
  session: 'o',
  settings: 'P',
  shown: 'U',
  signup: 'H',
  snippets: 'j',
  step: 'L',
  stepped: 't',
  stop: '$',
  strings: 'x',
  tab: '_',
  tag: 'M',
  text: 'g',
  trace: 'r',
  translate: 'I',
  updateComplete: 'a',
  updated: 'B',
  waitMs: 'h',
  words: 'J',
};

/** Letters in the order in which variables take them. */
const LETTERS = 'etiornaslducmhpfgbvywkxqzjSATCINRELOPDMHUBFKGYWVXZJQ_$';

/** The name of a scope's `index`th variable. */
export function identifier(index: number): string {
  const first = LETTERS[index % LETTERS.length]!;
  const rest = Math.floor(index / LETTERS.length);
  return rest ? `${first}${LETTERS[rest - 1]}` : first;
}
