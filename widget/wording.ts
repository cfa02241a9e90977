/** The words of one element: its language, the page's own strings, and the values that go into them. */
import { resolveEndpoint } from './client.ts';
import {
  english,
  failureWords,
  fill,
  loadMessages,
  matchLocale,
  nearestLanguage,
  type Messages,
  type Words,
} from './messages.ts';
import type { Signup } from './signup.ts';

/** What the page says about words. */
export type WordingHost = Element & {
  endpoint: string;
  locale: string;
  partnerName: string;
  messages: Partial<Messages>;
};

/** Puts words to an element. */
export class Wording {
  /** The language really shown. */
  language = 'en';
  readonly #host: WordingHost;
  #messages: Messages = english;

  constructor(host: WordingHost) {
    this.#host = host;
  }

  /** Finds the language, and loads it; English stays where that fails. */
  async load(): Promise<void> {
    const { endpoint, locale } = this.#host;
    const language = matchLocale(locale || nearestLanguage(this.#host));
    const loaded = language === 'en' ? null : await loadMessages(resolveEndpoint(endpoint), language);
    if (locale !== this.#host.locale) return;
    this.language = loaded ? language : 'en';
    this.#messages = loaded ?? english;
  }

  /** A string with its places filled. */
  words(words: Words, { error, entry, mailedTo, waitMs }: Signup): string {
    const key = words === 'failure' ? failureWords(error!) : words;
    const minutes = Math.ceil((waitMs || 1) / 60_000);
    return fill(this.#host.messages[key] ?? this.#messages[key], {
      partner: this.#host.partnerName || location.host,
      email: entry.hint || mailedTo,
      time: new Intl.RelativeTimeFormat(this.language).format(minutes, 'minute'),
    });
  }
}
