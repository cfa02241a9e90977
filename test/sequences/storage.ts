/** The page's `sessionStorage`, which a page may clear, fill up or be without. */

/** What it does: `full` keeps what it has and takes nothing more, `none` throws whatever is asked of it. */
export type Condition = 'works' | 'full' | 'none';

/** The page's number, at the end of an endpoint: a page after a reload finds what the one before left. */
const PAGE = /\/\d+$/;

let items: Record<string, string> = {};
let condition: Condition = 'works';
let isBehind = false;

/** Empties it, and says what it does from now on. */
export function emptyStorage(now = condition): void {
  items = {};
  condition = now;
}

/** It has been filled up, or has room again; a page without it stays without. */
export function setFull(isFull: boolean): void {
  if (condition !== 'none') condition = isFull ? 'full' : 'works';
}

/** Whether it has not taken what a page wanted to keep last. */
export const isStorageBehind = (): boolean => isBehind;

const storage = new Proxy(
  {},
  {
    get(_target, name: string) {
      if (condition === 'none') throw new DOMException('', 'SecurityError');
      return items[name.replace(PAGE, '')];
    },
    set(_target, name: string, value: string) {
      isBehind = condition !== 'works';
      if (isBehind) throw new DOMException('', 'QuotaExceededError');
      items[name.replace(PAGE, '')] = value;
      return true;
    },
  },
);

/** Puts it in place of the browser's own. */
export function installStorage(): void {
  Object.defineProperty(window, 'sessionStorage', { configurable: true, value: storage });
}
