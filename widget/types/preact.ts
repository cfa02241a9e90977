/** Types for `<kelviq-onboarding>` in Preact: `import type {} from 'kelviq-onboarding/types/preact'`. */
import type { ClassAttributes, JSX } from 'preact';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';
import type { Attributes, Listeners, Properties } from '../props.ts';

/** Preact exports `HTMLAttributes` from 10.28 on alone; what a `div` takes has always been there. */
type OnboardingTag = Omit<JSX.IntrinsicElements['div'], 'ref'> &
  ClassAttributes<KelviqOnboarding> &
  Attributes &
  Properties &
  Listeners<'on'>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'kelviq-onboarding': OnboardingTag;
    }
  }
}
