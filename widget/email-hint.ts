/** Offline hints for mistyped e-mail domains. They are offered, never forced: the mail goes out at once. */

/** Names before `.com` that most people use. */
const POPULAR = 'gmail hotmail outlook yahoo icloud'.split(' ');

/** An address at `.com`, or at an ending that no registry has and that means it. */
const COM = /^(.+@)(.+)\.(?:[cvx]o[mn]m?|cmo|cpm|ocm)$/i;

/**
 * Two names with one letter too much, too few, wrong, or swapped with its neighbour. The first letter is
 * as in both: it is seldom mistyped, and mail.com, ymail.com and cloud.com are real.
 */
const ONE_SLIP = /^(.+)(.?)(.?)(.*) \1(?:\3\2|.?\3)\4$/;

/** The address that was probably meant; nothing when there is nothing to say. */
export function suggestEmail(email: string): string | false | undefined {
  const [, local, domain = ''] = COM.exec(email) ?? [];
  const typed = domain.toLowerCase();
  const meant = `${local}${POPULAR.find((name) => ONE_SLIP.test(`${typed} ${name}`)) ?? typed}.com`;
  return local && meant.toLowerCase() !== email.toLowerCase() && meant;
}
