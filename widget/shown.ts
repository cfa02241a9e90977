/** What one element shows, and what its signup needs of the element. */
import type { Organization, SessionAnswer } from '../proxy/contract.ts';
import type { TokenSources } from './client.ts';
import type { OnboardingError } from './events.ts';
import type { Values } from './fields.ts';
import type { Form } from './form.ts';
import type { State, Step } from './journey.ts';
import type { Words } from './messages.ts';

/** What the signup needs of the element. */
export type Host = TokenSources &
  Values & {
    endpoint: string;
    /** A step was taken: render, move the focus, announce. */
    stepped(step: Step, changed: boolean): void;
    /** Something else has changed: render. */
    requestUpdate(): void;
    dispatchEvent(event: Event): boolean;
  };

/** What the element shows. */
export type Shown = Form & {
  state: State;
  /** The status line. */
  words?: Words | undefined;
  session: SessionAnswer | null;
  organization: Organization | null;
  error: OnboardingError | null;
  /** What support can find the error by. */
  trace?: string;
  /** How long the proxy asked to wait, in milliseconds. */
  waitMs?: number | undefined;
  /** Where the set-password mail went; known only to the page that created the organization. */
  mailedTo?: string | undefined;
  /** Whether delivery is no longer followed. */
  isUnfollowed?: boolean;
};

/** What is shown of a customer of whom nothing is known yet. */
export const blank = () => ({
  faults: {},
  session: null,
  organization: null,
  error: null,
  mailedTo: '',
  isUnfollowed: false,
});
