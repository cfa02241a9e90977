/** The page's own backend: knows who is signed in, and gives session tokens. */
import type { Treatment } from './actions.ts';
import type { Request } from './stage.ts';

/** The tokens of one sequence. */
export type Tokens = ReturnType<typeof createTokens>;

/** Whom a token is of. */
export const subjectOf = (token: string): string =>
  (JSON.parse(atob(token.split('.')[1]!)) as { sub: string }).sub;

/** Where the page asks for tokens of `customer`; no two pages, and no two functions of a page, ask at the same. */
export const addressOf = (customer: string, serial: number): string => `/token/${customer}?${serial}`;

/** Whose token a request is for. */
export const customerAt = ({ url }: Request): string => /\/token\/(\w+)/.exec(url)![1]!;

/** A backend that has given no token yet. */
export function createTokens() {
  let given = 0;
  const expired = new Set<string>();
  const all: string[] = [];

  /** A token of `customer`, which nobody has had before. */
  function issue(customer: string): string {
    const token = `h.${btoa(JSON.stringify({ sub: customer, jti: ++given }))}.s`;
    all.push(token);
    return token;
  }

  const end = (token: string) => void expired.add(token);

  return {
    issue,
    end,
    isExpired: (token: string | null): boolean => token !== null && expired.has(token),

    /** Ends every token before its time. */
    endAll: () => all.forEach(end),

    /** Does with a request for a token what happens to it. */
    treat(request: Request, treatment: Treatment): void {
      const token = issue(customerAt(request));
      switch (treatment) {
        case 'lost':
        case 'unreachable':
          return request.fail();
        case 'failed':
          return request.answer(500, {});
        case 'failed by a gateway':
          return request.answer(502, '<h1>Bad gateway</h1>');
        case 'too busy':
          return request.answer(503, {});
        case 'limited':
          return request.answer(429, {});
        // Nobody is signed in at this moment.
        case 'invalid':
          return request.answer(401, {});
        case 'late':
          return;
        case 'expired':
          end(token);
          return request.answer(200, { token });
        default:
          return request.answer(200, { token }, {}, treatment === 'cut off');
      }
    },
  };
}
