/**
 * The language that one element shows: wanted by its `locale`, or by the page around it, and followed
 * when either changes; and the words of that language, filled with what the element knows.
 */
import { resolveEndpoint } from './client.ts';
import {
  english,
  failureWords,
  fill,
  matchLocale,
  nearestLanguage,
  type Messages,
  type Words,
} from './messages.ts';
import { ports } from './ports.ts';
import type { Shown } from './shown.ts';

/** What the translation needs of the element. */
type Speaker = HTMLElement & {
  endpoint: string;
  locale: string;
  messages: Partial<Messages>;
  partnerName: string;
  requestUpdate(): void;
};

/** Begins in English; nothing is fetched before `translate`. */
export function createTranslation(element: Speaker, shown: Shown) {
  let loaded: Messages = english;
  /** Where the words come from. */
  let source = '';
  let saying: Words | undefined;
  const translation = {
    /** Tag of the language really shown. */
    tag: 'en',

    /** One string, its places filled. */
    wordsOf(this: void, words: Words): string {
      const { error, meant, mailedTo, session, waitMs } = shown;
      const key = words === 'failure' ? failureWords(error ?? {}) : words;
      return fill(element.messages[key] ?? loaded[key], {
        partner: element.partnerName || location.host,
        // The session's address wins, whatever was typed before it was known.
        email: (words === 'hint' ? meant : session?.email || mailedTo) as string,
        // Made for the one string that has a place for it: a formatter is dear.
        get time() {
          return new Intl.RelativeTimeFormat(translation.tag).format(
            Math.ceil((waitMs || 1) / 60_000),
            'minute',
          );
        },
      });
    },

    /** What the live region says. */
    said: '',

    /** Says something, or takes back what no longer holds; the same words again are heard only if they differ. */
    say(words?: Words): void {
      const said = words ? translation.wordsOf(words) : '';
      saying = words;
      translation.said = said && said === translation.said ? `${said}\u00a0` : said;
    },

    /** Shows the language that is wanted now; English where it cannot be had. */
    async translate(): Promise<void> {
      const language = matchLocale(element.locale || nearestLanguage(element));
      const wanted = `${resolveEndpoint(element.endpoint)}/locales/${language}.json`;
      if (wanted === source) return;
      source = wanted;
      const words =
        language !== 'en' &&
        (await ports
          .fetch(wanted)
          .then((response) => (response.ok && response.json()) as Promise<Partial<Messages>>)
          .catch(() => {}));
      if (wanted !== source) return;
      // What was said while the language was on its way is said in it.
      const stale = saying && translation.wordsOf(saying) === translation.said.trim() && saying;
      translation.tag = words ? language : 'en';
      loaded = { ...english, ...words };
      if (stale) translation.said = translation.wordsOf(stale);
      element.requestUpdate();
    },

    /** Follows the nearest `lang`, which may change without the element, on any ancestor across shadow hosts. */
    follow(): void {
      for (
        let root: Node | undefined = element.getRootNode();
        root;
        root = (root as ShadowRoot).host?.getRootNode()
      )
        pages.observe(root, { subtree: true, attributeFilter: ['lang'] });
      void translation.translate();
    },

    /** Follows it no longer. */
    stop: () => pages.disconnect(),
  };
  const pages = new MutationObserver(() => void translation.translate());
  return translation;
}
