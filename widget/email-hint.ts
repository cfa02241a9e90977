/** Offline hints for mistyped e-mail domains. They are offered, never forced: the mail goes out at once. */

/** Names before `.com`: five that most people use, then real ones that are one slip away from those. */
const KNOWN = ['gmail', 'hotmail', 'outlook', 'yahoo', 'icloud', 'mail', 'ymail', 'email', 'cloud'];

/** An address at `.com`, or at an ending that no registry has and that means it. */
const COM = /^(.+@)(.+)\.(?:com|con|cmo|ocm|cpm|vom|xom|comm)$/i;

/** Whether one typed letter too much, too few, wrong, or swapped with its neighbour turns `a` into another `b`. */
function isOneSlip(a: string, b: string): boolean {
  let at = 0;
  while (a[at] === b[at]) at++;
  const [x, y] = [a.slice(at), b.slice(at)];
  const rest = y.slice(1);
  return [y, rest].includes(x.slice(1)) || [rest, `${y[1]}${y[0]}${y.slice(2)}`].includes(x);
}

/** The address that was probably meant, or null when there is nothing to say. */
export function suggestEmail(email: string): string | null {
  const [, local, domain = ''] = COM.exec(email) ?? [];
  const typed = domain.toLowerCase();
  const popular = !KNOWN.includes(typed) && KNOWN.slice(0, 5).find((name) => isOneSlip(typed, name));
  const meant = `${local}${popular || typed}.com`;
  return local && meant.toLowerCase() !== email.toLowerCase() ? meant : null;
}
