/** Answers that a test lines up in advance, regardless of e-mail addresses. */
import { BEHAVIOURS, type Behaviour, type BehaviourName } from './scenarios.ts';

/** One scripted answer: a behaviour or the name of one (`normal` for the usual work). */
export type Step = BehaviourName | Behaviour;

/** Which requests a script is for; what is not stated matches all. `subject` is an externalId or an e-mail. */
export type Match = { subject?: string; method?: 'GET' | 'POST' };

/** Lines of scripted steps, taken in order by the requests that match. */
export class Script {
  readonly #lines: { match: Match; steps: Step[] }[] = [];

  /** Adds steps behind those that wait already. */
  add(match: Match, steps: readonly Step[]): void {
    this.#lines.push({ match, steps: [...steps] });
  }

  /** Takes the next step for a request, or null when nothing is scripted for it. */
  take(method: string, subjects: readonly (string | null)[]): Behaviour | null {
    const line = this.#lines.find(
      ({ match, steps }) =>
        steps.length > 0 &&
        (match.method === undefined || match.method === method) &&
        (match.subject === undefined || subjects.includes(match.subject)),
    );
    const step = line?.steps.shift();
    if (step === undefined) return null;
    return typeof step === 'string' ? BEHAVIOURS[step] : step;
  }
}
