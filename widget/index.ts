/** The npm entry: registers `<kelviq-onboarding>`. On a server, and a second time, it does nothing. */
import { KelviqOnboarding } from './kelviq-onboarding.ts';
import { SNIPPETS } from './snippets.ts';

export { KelviqOnboarding };
export * from './events.ts';
export type { State } from './journey.ts';
export type { Messages } from './messages.ts';

KelviqOnboarding.snippets = () => Promise.resolve(SNIPPETS);

if (typeof document !== 'undefined' && !customElements.get('kelviq-onboarding'))
  customElements.define('kelviq-onboarding', KelviqOnboarding);
