/**
 * The element as a typed component for React, from 16.14 on. On a server it renders the tag with its
 * attributes; in a browser it sets the properties, functions and objects included, and listens.
 * React alone would drop what is no attribute when it hydrates, and be late for what has happened.
 */
'use client';

import {
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type HTMLAttributes,
  type Ref,
} from 'react';
import { attributeOf } from './base.ts';
import { KelviqDeliveredEvent, KelviqSuccessEvent } from './events.ts';
import { KelviqOnboarding as KelviqElement } from './index.ts';
import type { Events, Preview, Properties } from './props.ts';

/** Prop → event. */
const EVENTS = {
  /** The form is usable and the session is known. */
  onReady: 'kelviq-ready',
  /** Valid input is about to be sent; `event.preventDefault()` stops it. */
  onSubmit: 'kelviq-submit',
  /** The organization is there, `created` now or there before; once per customer. */
  onSuccess: 'kelviq-success',
  /** Your backend has the secret key; once per customer. */
  onDelivered: 'kelviq-delivered',
  /** The customer sees a failure. */
  onError: 'kelviq-error',
  /** `state` of the element has a new value. */
  onStateChange: 'kelviq-state-change',
} as const satisfies Record<string, keyof Events>;

type Handlers = {
  [Name in keyof typeof EVENTS]?: ((event: Events[(typeof EVENTS)[Name]]) => void) | undefined;
};

/** The element's properties, a handler for each of its events, and what any HTML element takes. */
export type KelviqOnboardingProps = Properties &
  Preview &
  Handlers &
  Omit<HTMLAttributes<KelviqElement>, keyof Handlers> & {
    /** The element itself, with its methods. */
    ref?: Ref<KelviqElement> | undefined;
  };

const NAMES = Object.keys(KelviqElement.defaults) as (keyof Properties)[];
const hasAttribute = (name: keyof Properties) => KelviqElement.observedAttributes.includes(attributeOf(name));
/** React before 19 complains of a layout effect on a server. */
const useBrowserEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect;
const HANDLERS = Object.keys(EVENTS) as (keyof Handlers)[];

/**
 * `<kelviq-onboarding>`; its `ref` is the element. A component that is mounted, or hydrated, after the
 * organization was there gets `onSuccess` and `onDelivered` all the same, with `created: false`.
 */
export const KelviqOnboarding = forwardRef<KelviqElement, Omit<KelviqOnboardingProps, 'ref'>>(
  function KelviqOnboarding({ className, ...props }, ref) {
    const element = useRef<KelviqElement>(null);
    const latest = useRef<Handlers>(props);
    const told = useRef(new Set<string>());
    // React before 19 writes className to a custom element as it is; class is right in all.
    const passed: Record<string, unknown> = Object.fromEntries(
      Object.entries({ class: className, ...props }).filter(
        ([name]) => !Object.hasOwn(EVENTS, name) && !Object.hasOwn(KelviqElement.defaults, name),
      ),
    );
    const given = useRef(passed);
    useImperativeHandle(ref, () => element.current!, []);

    // What the server rendered. React keeps it as it is: it would set some of it as properties, and null for a
    // prop that goes. Without its attribute a property has its default again.
    const [rendered] = useState(() =>
      Object.fromEntries(NAMES.filter(hasAttribute).map((name) => [attributeOf(name), props[name]])),
    );

    useBrowserEffect(() => {
      latest.current = props;
      const node = element.current!;
      // React writes what goes from a custom element as "undefined": id, title, lang.
      for (const name of Object.keys(given.current))
        if ((passed[name] ?? null) === null) node.removeAttribute(name);
      given.current = passed;
      for (const name of NAMES) {
        const value = props[name];
        const attribute = attributeOf(name);
        if (!hasAttribute(name)) Object.assign(node, { [name]: value });
        else if (value === undefined || value === null) node.removeAttribute(attribute);
        else if (node.getAttribute(attribute) !== `${value as string | number}`)
          node.setAttribute(attribute, `${value as string | number}`);
      }
    });

    useBrowserEffect(() => {
      const node = element.current!;
      const tell = <Name extends keyof Handlers>(name: Name, event: Events[(typeof EVENTS)[Name]]) => {
        const { externalId } =
          (event.detail as { organization?: { externalId: string } } | null)?.organization ?? {};
        if (externalId) told.current.add(`${name} ${externalId}`);
        (latest.current[name] as ((event: Event) => void) | undefined)?.(event);
      };
      const listeners = HANDLERS.map((name) => {
        const listener = (event: Event) => tell(name, event as Events[(typeof EVENTS)[typeof name]]);
        node.addEventListener(EVENTS[name], listener);
        return () => node.removeEventListener(EVENTS[name], listener);
      });
      const { organization } = node;
      const isNews = (name: keyof Handlers) => !told.current.has(`${name} ${organization?.externalId}`);
      if (organization && isNews('onSuccess'))
        tell('onSuccess', new KelviqSuccessEvent({ organization, created: false }));
      if (organization?.delivery === 'delivered' && isNews('onDelivered'))
        tell('onDelivered', new KelviqDeliveredEvent({ organization }));
      return () => listeners.forEach((remove) => remove());
    }, []);

    return createElement('kelviq-onboarding', { ...passed, ...rendered, ref: element });
  },
);
