/**
 * Types for `<kelviq-onboarding>` in React 19, where one writes the tag itself:
 * `import type {} from 'kelviq-onboarding/types/react'`. The typed component is `kelviq-onboarding/react`.
 */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';
import type { Attributes, Listeners, Properties } from '../props.ts';

type OnboardingTag = DetailedHTMLProps<HTMLAttributes<KelviqOnboarding>, KelviqOnboarding> &
  Attributes &
  Properties &
  Listeners<'on'>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'kelviq-onboarding': OnboardingTag;
    }
  }
}
