/**
 * What the element takes, as types for the frameworks: its properties, the attributes for them and
 * its events. All of it follows from the class, so that nothing here has to be kept in step.
 */
import type { KelviqOnboarding } from './kelviq-onboarding.ts';

/** Picked from the class, not from its defaults, so that editors show the words of each. */
type Described = Pick<KelviqOnboarding, keyof typeof KelviqOnboarding.defaults>;

type KebabCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${KebabCase<Rest>}`
  : Name;

/** The element's properties; one that is undefined has its default. */
export type Properties = { [Name in keyof Described]?: Described[Name] | undefined };

/** As HTML has it: a number is text there. */
export type Written<Value> = Value extends number ? Value | `${Value}` : Value;

/** Its attributes, by their names in HTML, and the one for the debug script. */
export type Attributes = {
  [Name in keyof Described as Described[Name] extends string | number ? KebabCase<Name> : never]?:
    | Written<Described[Name]>
    | undefined;
} & Preview;

/** What the debug script adds. */
export type Preview = {
  /** A state to show without a network, such as `success`. */
  preview?: string | undefined;
};

/** Its events, by their types. */
export type Events = Pick<
  GlobalEventHandlersEventMap,
  Extract<keyof GlobalEventHandlersEventMap, `kelviq-${string}`>
>;

/** Listeners by the name of the event with something before it, such as `onkelviq-success`. */
export type Listeners<Prefix extends string> = {
  [Type in keyof Events as `${Prefix}${Type}`]?: ((event: Events[Type]) => void) | undefined;
};
