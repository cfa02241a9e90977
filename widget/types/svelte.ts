/** Types for `<kelviq-onboarding>` in Svelte: `import type {} from 'kelviq-onboarding/types/svelte'`. */
import type { HTMLAttributes } from 'svelte/elements';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';
import type { Attributes, Listeners, Properties } from '../props.ts';

type OnboardingTag = HTMLAttributes<KelviqOnboarding> &
  Attributes &
  Properties &
  Listeners<'on'> &
  Listeners<'on:'>;

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'kelviq-onboarding': OnboardingTag;
  }
}
