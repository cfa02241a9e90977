/**
 * Types for `<kelviq-onboarding>` in Vue's templates and JSX: `import type {} from 'kelviq-onboarding/types/vue'`.
 * Vue also has to be told that the tag is no component of its own (`compilerOptions.isCustomElement`).
 */
import type { DefineComponent, HTMLAttributes, ReservedProps } from 'vue';
import type {} from 'vue/jsx-runtime';
import type { Attributes, Events, Properties, Written } from '../props.ts';

type PascalCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${Capitalize<First>}${PascalCase<Rest>}`
  : Capitalize<Name>;

/** Vue looks an attribute up by its name as a property. */
type Props = { [Name in keyof Properties]: Written<Properties[Name]> } & Attributes & {
    [Type in keyof Events as `on${PascalCase<Type>}`]?: ((event: Events[Type]) => void) | undefined;
  };

declare module 'vue' {
  interface GlobalComponents {
    'kelviq-onboarding': DefineComponent<Props & HTMLAttributes>;
  }
  interface HTMLAttributes {
    /** HTML's own `slot`, for what goes into the element; Vue types only its `v-slot`, and strict templates refuse this one. */
    slot?: string | undefined;
  }
}

declare module 'vue/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements {
      'kelviq-onboarding': Props & HTMLAttributes & ReservedProps;
    }
  }
}
