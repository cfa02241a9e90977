/** What can happen around the element, one action after the other, in an order that a seed decides. */
import { dice } from '../simulation/dice.ts';

/** How a server, or the way to it, treats the request that has waited longest. */
export type Treatment =
  /** The proxy's own answer, as its rows stand. */
  | 'answered'
  /** The proxy does it, and nobody hears. */
  | 'lost'
  | 'cut off'
  /** The proxy does it, but not before somebody else asks for it. */
  | 'in hand'
  /** The proxy is never reached. */
  | 'unreachable'
  | 'failed'
  | 'failed by a gateway'
  | 'too busy'
  | 'limited'
  /** Kelviq knows the address already. */
  | 'taken'
  | 'invalid'
  /** The proof of work is too old. */
  | 'not proved'
  | 'expired'
  /** No answer, until the element lets go of it. The proxy does it later. */
  | 'late';

/** A customer: '' signs up openly, others are known to the page by a session token. */
export type Customer = '' | 'ana' | 'bo';

/** How a page says who is there: the function may be asked again where the token is given too. */
export type Way = 'function' | 'url' | 'token' | 'token and function';

/** A form's field. */
export type Field = 'email' | 'businessName';

/** What one step does. */
export type Action =
  /** The page opens; always the first. */
  | { do: 'open'; as: Customer; by: Way; hasStorage: boolean }
  | { do: 'type'; field: Field; text: string }
  | { do: 'press Enter'; field: Field }
  | { do: 'click'; on: 'submit' | 'retry' | 'hint' | 'not you' | 'copy' }
  | { do: 'reset' }
  | { do: 'requestSubmit' }
  | { do: 'reload' }
  | { do: 'remove' }
  | { do: 'insert' }
  /** The page learns that somebody else is there. */
  | { do: 'change customer'; to: Customer; by: Way }
  /** The page says again who is there. */
  | { do: 'introduce again'; by: Way }
  | { do: 'change language'; to: string }
  | { do: 'end tokens' }
  | { do: 'clear storage' }
  | { do: 'fill storage'; isFull: boolean }
  /** The partner asks for proof of work from now on, or no longer. */
  | { do: 'ask for proof'; isOn: boolean }
  | { do: 'treat'; as: Treatment; newest: boolean }
  /** What is in hand at the proxy comes to its end. */
  | { do: 'provision' }
  | { do: 'deliver' }
  | { do: 'wait'; ms: number };

const EMAILS = ['ana@example.com', 'bo@example.org', 'ana@gmial.com', ' cy@example.com ', 'nobody', ''];
const NAMES = ['Acme', ' Acme Ltd ', 'שלום', ''];

/** How often each comes, beside the others. */
const TREATMENTS: readonly (readonly [number, Treatment])[] = [
  [20, 'answered'],
  [3, 'lost'],
  [3, 'cut off'],
  [4, 'in hand'],
  [4, 'unreachable'],
  [2, 'failed'],
  [2, 'failed by a gateway'],
  [2, 'too busy'],
  [2, 'limited'],
  [2, 'taken'],
  [2, 'invalid'],
  [2, 'not proved'],
  [2, 'expired'],
  [3, 'late'],
];

/** `length` actions of one seed. */
export function sequence(seed: number, length = 40): Action[] {
  const { pick, chance, random } = dice(seed);
  const weighted = <T>(table: readonly (readonly [number, T])[]): T => {
    let left = random() * table.reduce((sum, [weight]) => sum + weight, 0);
    return (table.find(([weight]) => (left -= weight) < 0) ?? table[0]!)[1];
  };
  const customer = (): Customer => pick(['', '', 'ana', 'bo']);
  const way = (): Way => pick(['function', 'url', 'token', 'token and function']);
  const field = (): Field => (chance(0.7) ? 'email' : 'businessName');
  const typed = (): Action => {
    const into = field();
    return { do: 'type', field: into, text: pick(into === 'email' ? EMAILS : NAMES) };
  };
  /** Some pages keep their customer. */
  const changes = chance(0.4) ? 3 : 0;
  /** Some partners ask for proof of work, now and then. */
  const proofs = chance(0.5) ? 2 : 0;
  const table: readonly (readonly [number, () => Action])[] = [
    [12, typed],
    [3, () => ({ do: 'press Enter', field: field() })],
    [12, () => ({ do: 'click', on: 'submit' })],
    [4, () => ({ do: 'click', on: pick(['retry', 'hint', 'not you', 'copy']) })],
    [1, () => ({ do: 'reset' })],
    [2, () => ({ do: 'requestSubmit' })],
    [3, () => ({ do: 'reload' })],
    [1, () => ({ do: 'remove' })],
    [2, () => ({ do: 'insert' })],
    [changes, () => ({ do: 'change customer', to: customer(), by: way() })],
    [changes, () => ({ do: 'introduce again', by: way() })],
    [1, () => ({ do: 'change language', to: pick(['de', 'ar', 'en', 'xx']) })],
    [1, () => ({ do: 'end tokens' })],
    [1, () => ({ do: 'clear storage' })],
    [1, () => ({ do: 'fill storage', isFull: chance(0.6) })],
    [proofs, () => ({ do: 'ask for proof', isOn: chance(0.7) })],
    [30, () => ({ do: 'treat', as: weighted(TREATMENTS), newest: chance(0.2) })],
    [3, () => ({ do: 'provision' })],
    [2, () => ({ do: 'deliver' })],
    [14, () => ({ do: 'wait', ms: pick([10, 500, 1000, 2000, 4000, 8000, 20_000, 60_000, 130_000]) })],
  ];
  const actions: Action[] = [{ do: 'open', as: customer(), by: way(), hasStorage: chance(0.9) }];
  if (proofs) actions.push({ do: 'ask for proof', isOn: true });
  while (actions.length < length) actions.push(weighted(table)());
  return actions;
}
