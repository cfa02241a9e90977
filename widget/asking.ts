/**
 * One customer's conversation with the proxy: asks again until there is an outcome, and says with each
 * request who asks, by a session token or the key of open sign-up, and proof of work where it is wanted.
 * One run at a time: a new one ends the one before. What an outcome means is for its listener to know.
 */
import type { Challenge, Organization, SessionAnswer } from '../proxy/contract.ts';
import { solve } from './challenge.ts';
import * as client from './client.ts';
import { externalIdOf, idempotencyKey, readDraft } from './draft.ts';
import type { OnboardingError, SubmitDetail } from './events.ts';
import { ports } from './ports.ts';
import type { Shown } from './shown.ts';

/** The answer that a run without an outcome ends with. */
export type Failure = client.Answer & { error: OnboardingError };

/** What hears of a run. Nothing is heard of one that has ended. */
export type Listener = {
  /** A request is about to go with a token of this subject. */
  meet: (subject: string) => void;
  /** It takes a while, or is tried again. */
  step: (event: 'checking' | 'slow' | 'offline' | 'busy') => void;
  /** The outcome is a session, known now. */
  arrive: (session: SessionAnswer) => void;
  /** The outcome is an organization; `created` now, or there before. */
  succeed: (organization: Organization, created: boolean) => void;
  /** There is no outcome. `key` is the externalId of a customer of open sign-up who has sent something. */
  giveUp: (failure: Failure, key?: string | false) => void;
};

/** How long the outcome of what was sent is asked for, in milliseconds. */
export const OUTCOME_MS = 120_000;
const SLOW_MS = 4_000;
/** A proof of work that takes longer is spoken of. */
const CHECK_MS = 500;
/** Who sends before the session is known waits this long for it: it says whether a proof is asked for. */
const HOLD_MS = 1_000;

/** Begins without a token; asks nothing before `pursue` or `send`. `shown.session` is read, and set once known. */
export function createAsker(
  host: client.TokenSources,
  shown: Shown,
  meet: Listener['meet'],
  step: Listener['step'],
  arrive: Listener['arrive'],
  succeed: Listener['succeed'],
  giveUp: Listener['giveUp'],
) {
  let run: AbortController | undefined;
  /** The answer to what the run asked last, and what a customer sent while it asked for the session. */
  let answered: Promise<client.Answer> | undefined;
  let held: SubmitDetail | undefined;
  /** The token, or the wait for it, which all runs share: the page's function may have a person sign in. */
  let token: Promise<string | void> | null | undefined;
  /** Proof of work of the attempt at hand, solved. */
  let proof: string | undefined;

  /** Ends the run under way; what waits to be sent is dropped. */
  function stop(): void {
    held = undefined;
    run?.abort();
  }

  /** Forgets the session token: its source is another one, or gave none. */
  function dropToken(): void {
    token = null;
  }

  /**
   * Ends the run under way, and asks until there is an outcome or the next try would come after the
   * budget: for the session, until it `isSettled`, or what `toSend` gives after so many milliseconds.
   * Backs off 1, 2, 4, 8 s, or as the proxy or `paceMs` says.
   */
  async function pursue(
    endpoint: string,
    budgetMs: number,
    toSend?: (elapsedMs: number) => SubmitDetail | false | undefined,
    isSettled: (session: SessionAnswer) => unknown = () => true,
    paceMs = (tries: number): number => tries && Math.min(500 * 2 ** tries, 8000),
  ): Promise<void> {
    stop();
    run = new AbortController();
    const { signal } = run;
    const start = ports.clock.now();
    void ports.clock.sleep(SLOW_MS).then(() => signal.aborted || last || step('slow'));

    /** Asks once. A token that has expired is renewed, and a proof that is refused is made anew, once each. */
    const once = async (
      sent: SubmitDetail | false | undefined,
      renew?: boolean,
      again?: boolean,
    ): Promise<client.Answer> => {
      let isStale = renew;
      const ask = (path: string, body?: object) =>
        client.ask(`${endpoint}/v1/${path}`, body, signal, async () => {
          if (client.isOpen(host)) {
            meet('');
            return { 'idempotency-key': idempotencyKey(endpoint) };
          }
          if (isStale || !token) {
            const wanted = (token = client.obtainToken(host, isStale));
            // Unless its source was replaced meanwhile.
            void wanted.catch(() => {}).then((found) => found || token !== wanted || dropToken());
          }
          isStale = false;
          const bearer = await token;
          if (!bearer) return bearer as '' | void;
          if (!signal.aborted) meet(client.subjectOf(bearer));
          return { authorization: `Bearer ${bearer}` };
        });
      let answer: client.Answer | undefined;
      if (sent && !proof && (again || shown.session?.challenge === 'required')) {
        answer = await ask('challenge');
        if (!answer.error) {
          void ports.clock.sleep(CHECK_MS).then(() => signal.aborted || proof || step('checking'));
          proof = await solve(answer.body as Challenge, signal).catch(() => undefined);
        }
      }
      // 404: nothing has to be proved any more.
      if (!answer?.error || answer.status === 404)
        answer = await (sent ? ask('organizations', { ...sent, challenge: proof }) : ask('session'));
      const code = answer.error?.code;
      if (code === 'challenge_failed') {
        proof = undefined;
        if (!again) return once(sent, renew, true);
      }
      return !renew && code === 'session_expired' && (host.sessionUrl || host.fetchSessionToken)
        ? once(sent, true, again)
        : answer;
    };

    let waitMs = paceMs(0);
    let requestId: string | null = null;
    let last: Failure | undefined;
    for (let tries = 1; ports.clock.now() - start + waitMs <= budgetMs; tries++) {
      if (last) step(last.error.code === 'network_failed' ? 'offline' : 'busy');
      if (waitMs) await ports.clock.sleep(waitMs);
      if (signal.aborted) return;
      answered = once(toSend?.(ports.clock.now() - start));
      const answer = await answered;
      if (signal.aborted) return;
      const { error, body, status } = answer;
      last = undefined;
      if (body.environment) shown.session ??= body as SessionAnswer;
      if (held) return;
      if (error) {
        last = answer as Failure;
        requestId = error.requestId ??= requestId;
        if (!error.retryable) break;
      } else if (body.organizationIdentifier) return succeed(body as Organization, status === 201);
      else if (body.environment && isSettled(body as SessionAnswer)) return arrive(body as SessionAnswer);
      waitMs = answer.waitMs || paceMs(tries);
    }
    last ??= { body: {}, error: client.ownError('timed_out', true, requestId) };
    const key =
      readDraft(endpoint).sent && client.isOpen(host) && (await externalIdOf(idempotencyKey(endpoint)));
    if (!signal.aborted) giveUp(last, key);
  }

  return {
    pursue,

    /** Sends it with a proof of its own and pursues the outcome, once the answer that is on its way is there. */
    send(endpoint: string, sent: SubmitDetail): void {
      proof = undefined;
      held = sent;
      void Promise.race([answered, ports.clock.sleep(HOLD_MS)]).then(() => {
        if (held === sent) void pursue(endpoint, OUTCOME_MS, () => sent);
      });
    },

    stop,

    dropToken,
  };
}
