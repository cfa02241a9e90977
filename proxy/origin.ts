/** What an origin is: of a page that may sign up, or on which a session token counts. */

const NO_ORIGIN = 'is not an origin; write scheme and host, such as https://app.example.com';

/** What is wrong with an origin; null when nothing is. It repeats one only where it is sure that it is one. */
export function originFault(origin: unknown): string | null {
  if (typeof origin !== 'string') return NO_ORIGIN;
  if (origin.includes('*')) return 'has a "*"; name each origin, because whoever is listed may open signups';
  const url = URL.canParse(origin) ? new URL(origin) : null;
  // A URL's host may hold a ";" or "!", and no page is there.
  if (!url || !/^https?:$/.test(url.protocol) || !/^[\w.-]+$|^\[/.test(url.hostname)) return NO_ORIGIN;
  if (url.username || url.password) return 'holds a user name or password; write scheme and host alone';
  return url.origin === origin ? null : `must be written as browsers send it: ${url.origin}`;
}
