/**
 * Rules for text that people type, shared by the widget and the proxy so that both refuse the same.
 * Kelviq decides in the end; these rules catch what can never be right.
 */

/**
 * Local part, "@", and a domain of at least two labels. Unicode is allowed on both sides (RFC 6531);
 * quoted local parts are not, because no customer types one on purpose.
 */
export const EMAIL_PATTERN =
  /^[^\s@"(),:;<>[\\\]\u00ad\u200b\u2060]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+(?!\p{N}+$)[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])$/u;

/** Control characters, bidi overrides and isolates, line separators, and halves of surrogate pairs. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Bidi_C}\u2028\u2029\ufeff]/u;

/** Length in Unicode code points, as Kelviq counts. */
export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** Whether `value` holds characters that are never part of an e-mail address or a business name. */
export const hasForbiddenCharacters = (value: string): boolean => FORBIDDEN.test(value);

/** Whether `value`, already trimmed, looks like an e-mail address that mail can reach. */
export function isEmail(value: string): boolean {
  return EMAIL_PATTERN.test(value) && !hasForbiddenCharacters(value);
}
