/** Types for `<kelviq-onboarding>` in Preact: `import type {} from 'kelviq-onboarding/types/preact'`. */
import type { HTMLAttributes } from 'preact';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';
import type { Attributes, Listeners, Properties } from '../props.ts';

type OnboardingTag = HTMLAttributes<KelviqOnboarding> & Attributes & Properties & Listeners<'on'>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'kelviq-onboarding': OnboardingTag;
    }
  }
}
