/** One string as a person reads it: chosen for the failure at hand, its places filled. */
import { failureWords, fill, type Messages, type Words } from './messages.ts';
import type { Signup } from './signup.ts';

/** The string of that name in `messages`, with the values of a signup; `language` is the one shown. */
export function phrase(
  words: Words,
  messages: Messages,
  language: string,
  partner: string,
  { error, entry, mailedTo, waitMs }: Signup,
): string {
  return fill(messages[words === 'failure' ? failureWords(error!) : words], {
    partner,
    email: entry.hint || mailedTo,
    time: new Intl.RelativeTimeFormat(language).format(Math.ceil((waitMs || 1) / 60_000), 'minute'),
  });
}
