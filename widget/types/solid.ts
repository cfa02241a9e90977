/** Types for `<kelviq-onboarding>` in Solid: `import type {} from 'kelviq-onboarding/types/solid'`. */
import type { JSX } from 'solid-js';
import type { KelviqOnboarding } from '../kelviq-onboarding.ts';
import type { Attributes, Listeners, Properties } from '../props.ts';

type ExplicitProperties = { [Name in keyof Properties as `prop:${Name}`]: Properties[Name] };

type OnboardingTag = JSX.HTMLAttributes<KelviqOnboarding> &
  Attributes &
  ExplicitProperties &
  Listeners<'on:'>;

declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
      'kelviq-onboarding': OnboardingTag;
    }
  }
}
