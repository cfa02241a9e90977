/** What each side saw, as server-sent events; a page that connects late gets all since the last clearing. */
import type { DeliveryEvent } from '../../proxy/contract.ts';
import type { SandboxRequest } from '../sandbox/journal.ts';

/** One thing that happened outside the browser, with every secret masked. */
export type Sight =
  | { lane: 'kelviq'; request: SandboxRequest }
  | { lane: 'proxy'; line: Record<string, unknown> }
  | {
      lane: 'backend';
      at: number;
      webhookId: string;
      status: number;
      event: DeliveryEvent | null;
      reason: string;
    };

const LONGEST = 500;

/** The sights of one demo and those who watch. */
export class Feed {
  #sights: Sight[] = [];
  readonly #watchers = new Set<(event: 'sight' | 'clear', data: string) => void>();

  /** Shows a sight to everybody who watches. */
  show(sight: Sight): void {
    this.#sights = [...this.#sights.slice(1 - LONGEST), sight];
    for (const watch of this.#watchers) watch('sight', JSON.stringify(sight));
  }

  /** Forgets everything, here and on every page. */
  clear(): void {
    this.#sights = [];
    for (const watch of this.#watchers) watch('clear', '');
  }

  /** Calls `watch` for what there is and for what comes, until the returned function is called. */
  watch(watch: (event: 'sight' | 'clear', data: string) => void): () => void {
    watch('clear', '');
    for (const sight of this.#sights) watch('sight', JSON.stringify(sight));
    this.#watchers.add(watch);
    return () => this.#watchers.delete(watch);
  }
}
