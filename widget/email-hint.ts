/** Offline hints for mistyped e-mail domains. They are offered, never forced: the mail goes out at once. */

const POPULAR = ['gmail.com', 'hotmail.com', 'outlook.com', 'yahoo.com', 'icloud.com'];

/** Real domains that are one slip away from a popular one. */
const REAL = /^(?:mail|ymail|email|cloud)\.com$/;

/** Endings that no registry has, and that mean `.com`. */
const ENDING = /\.(?:con|cmo|ocm|cpm|vom|xom|comm)$/;

/** Whether one typed letter too much, too few, wrong, or swapped with its neighbour turns `a` into `b`. */
function isOneSlip(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const [x, y] = [a.slice(at), b.slice(at)];
  const rest = x.slice(1);
  return [y, y.slice(1)].includes(rest) || x === y.slice(1) || x === `${y[1]}${y[0]}${y.slice(2)}`;
}

/** The address that was probably meant, or null when there is nothing to say. */
export function suggestEmail(email: string): string | null {
  const [local, typed = ''] = email.split('@');
  const domain = typed.toLowerCase();
  const mended = domain.replace(ENDING, '.com');
  const isReal = POPULAR.includes(mended) || REAL.test(mended);
  const meant = (!isReal && POPULAR.find((popular) => isOneSlip(mended, popular))) || mended;
  return meant === domain ? null : `${local}@${meant}`;
}
