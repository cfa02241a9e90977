import 'kelviq-onboarding';
import type {} from 'kelviq-onboarding/types/svelte';
import type { SvelteHTMLElements } from 'svelte/elements';

type InTemplates = SvelteHTMLElements['kelviq-onboarding'];

/** What the language tools check a Svelte 5 template against, and a Svelte 4 one. */
export const bound: InTemplates[] = [
  {
    class: 'signup',
    'session-url': '/session',
    messages: { submit: 'Go' },
    'onkelviq-success': ({ detail }) => console.log(detail.organization.clientKey),
  },
  { 'on:kelviq-success': ({ detail }) => console.log(detail.organization.clientKey) },
];

export const mistakes: InTemplates[] = [
  // @ts-expect-error There is no such theme.
  { theme: 'sepia' },
  // @ts-expect-error The detail has no serverKey.
  { 'onkelviq-success': ({ detail }) => detail.organization.serverKey },
];
