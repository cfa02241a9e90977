/**
 * Everything the partner API may do, by name. An e-mail address picks a scenario by the part before
 * "@" or "+", as payment test cards do: `lost@…`, `lost+2@…`. Tests script the same behaviours by name.
 */
import type { Departure, Reply } from './wire.ts';

/** What one request meets. Nothing stated means the usual work and its answer. */
export type Behaviour = {
  /** False answers without doing the usual work: nothing is created. Default true. */
  commits?: boolean;
  /** Milliseconds between the work and the answer. */
  delayMs?: number;
  /** Milliseconds until a new organization's keys are issued; they are null before. */
  keysAfterMs?: number;
  /** An answer in place of the usual one, or a change of it; `elsewhere` is a URL on another origin. */
  answer?: Reply | ((usual: Reply, elsewhere: string) => Reply);
  /** How the answer leaves. Default `whole`. */
  leaves?: Departure;
};

const refuse = (status: number, body: unknown, headers: Record<string, string> = {}): Behaviour => ({
  commits: false,
  answer: { status, body, headers },
});

const page = (title: string) =>
  `<!doctype html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

/** Replaces members of an organization; lists and errors stay as they are. */
const rewrite =
  (members: Record<string, unknown>) =>
  (usual: Reply): Reply =>
    usual.status < 300 && typeof usual.body === 'object' && usual.body !== null && !('results' in usual.body)
      ? { ...usual, body: { ...usual.body, ...members } }
      : usual;

/** Every behaviour that can be asked for by name. */
export const BEHAVIOURS = {
  normal: {},
  taken: refuse(409, { detail: 'An account with this email already exists.' }),
  invalid: refuse(400, { email: ['Enter a valid email address.'] }),
  unauthorized: refuse(401, { detail: 'Invalid partner key.' }),
  forbidden: refuse(403, { detail: 'You do not have permission to perform this action.' }),
  'not-found': refuse(404, { detail: 'Not found.' }),
  unprocessable: refuse(422, { detail: 'Unprocessable entity.' }),
  precondition: refuse(428, { detail: 'Precondition required.' }),
  'rate-limited': refuse(429, { detail: 'Request was throttled.' }, { 'retry-after': '2' }),
  error: refuse(500, page('Server Error (500)')),
  unavailable: refuse(503, { detail: 'Service temporarily unavailable.' }),
  html: refuse(200, page('Please wait while we check your browser')),
  redirect: {
    commits: false,
    answer: (_, elsewhere) => ({ status: 302, headers: { location: elsewhere }, body: page('Found') }),
  },
  slow: { delayMs: 10_000 },
  hang: { leaves: 'never' },
  'hang-before': { commits: false, leaves: 'never' },
  lost: { leaves: 'cut' },
  'lost-before': { commits: false, leaves: 'cut' },
  truncated: { leaves: 'half' },
  gateway: { answer: { status: 502, body: page('502 Bad Gateway') } },
  'null-keys': { answer: rewrite({ clientKey: null, serverKey: null }) },
  'null-echo': { answer: rewrite({ partnerExternalId: null }) },
  'wrong-echo': { answer: rewrite({ partnerExternalId: 'somebody-else' }) },
} satisfies Record<string, Behaviour>;

/** The name of a behaviour. */
export type BehaviourName = keyof typeof BEHAVIOURS;

/** One test address and what happens to a signup with it. */
export type Scenario = {
  /** The address's part before "@" or "+". */
  name: string;
  title: string;
  /** What the sandbox does, in one line. */
  does: string;
  /** What the first POSTs with one address meet, in turn. */
  posts: readonly Behaviour[];
  /** Whether the last of `posts` stands for ever; else the sandbox works as usual afterwards. */
  always: boolean;
  /** What every read of its organization meets. */
  reads?: Behaviour;
};

const once = (name: BehaviourName, title: string, does: string): Scenario => ({
  name,
  title,
  does,
  posts: [BEHAVIOURS[name]],
  always: false,
});

const always = (name: BehaviourName, title: string, does: string): Scenario => ({
  ...once(name, title, does),
  always: true,
});

/** All scenarios, the ones people try first at the top. */
export const SCENARIOS: readonly Scenario[] = [
  always('taken', 'E-mail already taken', '409: the address belongs to a Kelviq user'),
  once('slow', 'Slow answer', 'answers after 10 s'),
  once('lost', 'Answer lost', 'creates the organization, then cuts the connection'),
  once('error', 'Server error, then works', '500 once, nothing created'),
  {
    ...once('null-keys', 'Keys come later', '201 with null keys, filled in after 5 s'),
    posts: [{ keysAfterMs: 5000 }],
  },
  once('rate-limited', 'Too many requests', '429 with Retry-After: 2 once'),
  {
    ...once('unavailable', 'Unavailable, then works', '503 twice, nothing created'),
    posts: [BEHAVIOURS.unavailable, BEHAVIOURS.unavailable],
  },
  once('hang', 'No answer, but done', 'creates the organization and never answers'),
  once('hang-before', 'No answer, nothing done', 'never answers, once, nothing created'),
  once('lost-before', 'Connection cut', 'cuts the connection once, nothing created'),
  once('truncated', 'Half an answer', 'creates the organization and sends half of the answer'),
  once('gateway', 'Bad gateway, but done', 'creates the organization and answers 502 with an HTML page'),
  once('html', 'A page in place of data', '200 with an HTML page once, nothing created'),
  always('invalid', 'Address refused', '400 with a field error'),
  always('unprocessable', 'Unprocessable', '422'),
  once('null-echo', 'Answer without its id', '201 with partnerExternalId null; reads are right'),
  {
    ...once('wrong-echo', "Somebody else's answer", "another customer's partnerExternalId, in reads too"),
    reads: BEHAVIOURS['wrong-echo'],
  },
  always('unauthorized', 'Partner key refused', '401'),
  always('forbidden', 'Partner key forbidden', '403'),
  always('not-found', 'Not found', '404'),
  always('precondition', 'Precondition required', '428'),
  always('redirect', 'Redirect', '302 to another origin'),
];

/** The scenario that an e-mail address asks for; null for every ordinary address. */
export function scenarioOf(email: string): Scenario | null {
  const name = /^[^@+]*/.exec(email)?.[0].toLowerCase();
  return SCENARIOS.find((scenario) => scenario.name === name) ?? null;
}
