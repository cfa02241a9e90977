/** Where an e-mail address leads: its domain as DNS knows it, and the one mailbox behind its spellings. */

/**
 * The address with its domain in ASCII (IDNA), as it is sent to Kelviq and compared; null when the
 * domain cannot be one. A domain that is ASCII already stays as it was typed.
 */
export function withAsciiDomain(email: string): string | null {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  // eslint-disable-next-line no-control-regex
  if (/^[\x21-\x7e]*$/.test(domain)) return email;
  if (!URL.canParse(`http://${domain}/`)) return null;
  return `${email.slice(0, at)}@${new URL(`http://${domain}/`).hostname}`;
}

/** Where Google drops dots, and under which two names. */
const DOTLESS = /^g(?:oogle)?mail\.com$/;

/**
 * The mailbox of a canonical address, for a limit: what follows a "+" in the local part is its
 * owner's own label at nearly every provider, and Gmail ignores dots. Characters that nobody sees, and
 * other forms of the same letter, may be dropped on the way there. Never an address to send to.
 */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  const seen = email
    .slice(0, at)
    .replaceAll(/\p{DI}/gu, '')
    .normalize('NFKC')
    .toLowerCase();
  const [name = ''] = seen.split('+');
  return `${DOTLESS.test(domain) ? name.replaceAll('.', '') : name}@${DOTLESS.test(domain) ? 'gmail.com' : domain}`;
}
