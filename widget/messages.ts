/**
 * Every word a person reads. English is inside; other languages are data, fetched from
 * `<endpoint>/locales/<tag>.json`, and never code. `{name}` is a place for a value.
 */
import type { ErrorCode } from './error-code.ts';

/** The English words; the other languages have the same keys. */
export const english = {
  heading: 'Set up your Kelviq account',
  description: 'Kelviq handles the payments you receive on {partner}.',
  email: 'Email',
  emailHelp: 'Kelviq will email you a link to set your password.',
  businessName: 'Business name',
  optional: 'optional',
  submit: 'Create account',
  submitting: 'Creating your account…',
  hint: 'Did you mean {email}?',

  checking: 'A short safety check…',
  slow: 'Still working. You can stay here.',
  offline: 'No connection right now. We keep trying…',
  busy: 'It is busy right now. We keep trying…',

  email_required: 'Enter your email address.',
  email_invalid: 'Enter a whole email address, like ana@example.com.',
  email_too_long: 'This is too long.',
  email_taken: 'This email already has a Kelviq account. Yours? Check your inbox or sign in.',
  businessName_invalid: 'Remove the invisible characters.',
  businessName_too_long: 'This is too long.',
  signIn: 'Sign in to Kelviq',

  created: 'Your account is ready',
  welcomeBack: 'Welcome back. Your account is ready',
  sandbox: 'Sandbox',
  key: 'Client key',
  keyPending: 'On its way.',
  copy: 'Copy',
  copied: 'Copied',
  copyYourself: 'Selected. Copy it with your keyboard.',
  passwordMailed: 'Set your password: we emailed a link to {email}.',
  password: 'Set your password: Kelviq emailed you a link.',
  useKey: 'Use your client key where {partner} asks for it. It is safe to share.',
  install: 'Add Kelviq to your site.',
  docs: 'Read the docs',
  delivering: 'Your secret key is on its way to {partner}…',
  delivered: '{partner} has received your secret key.',
  undelivered: 'Your secret key is still on its way to {partner}. Nothing for you to do.',
  wrongEmail: 'Wrong email? Contact support',
  support: 'Contact support',
  notYou: 'Not you? Start again',

  tryAgain: 'Try again',
  reference: 'Reference:',
  network_failed: 'No connection right now. Please try again.',
  timed_out: 'This takes too long. Try again: you will not get two accounts.',
  insecure_context: 'Open this page with https.',
  session_required: 'Sign in to {partner}, then reload this page.',
  session_expired: 'This page was open too long. Reload it.',
  challenge_failed: 'The check failed. Please try again.',
  validation_failed: 'Kelviq did not accept this. Please check it.',
  rate_limited: 'Too many tries. Please try again {time}.',
  not_available: 'It is busy right now. Please try again.',
  /** Nothing that the customer could mend; the code beside it tells the developer. */
  not_found: 'This form is not set up yet. Please let {partner} know.',
};

/** Every string that the widget shows; `messages` replaces single ones. */
export type Messages = Record<keyof typeof english, string>;

/** Name of one string. */
export type MessageKey = keyof Messages;

/** Name of one string, or `failure`: the words of the failure at hand. */
export type Words = MessageKey | 'failure';

/** Names of the strings that a field's error may show. */
export type FieldFault = Extract<MessageKey, `email_${string}` | `businessName_${string}`>;

/** Codes that share the words of another: a new code has to be put here or get words of its own. */
type Shared = {
  session_required: 'session_invalid' | 'identity_required';
  not_available: 'internal_error' | 'upstream_failed' | 'overloaded';
  not_found:
    | 'endpoint_missing'
    | 'endpoint_invalid'
    | 'origin_not_allowed'
    | 'malformed_request'
    | 'method_not_allowed'
    | 'body_too_large'
    | 'unsupported_media_type';
};
type Worded = Extract<ErrorCode, MessageKey> | Shared[keyof Shared];

/** The words for a failure; a code from a newer proxy gets those of its class, and so does one that is over. */
export function failureWords({
  code,
  status,
}: {
  code?: ErrorCode & Worded;
  status?: number | null;
}): MessageKey {
  if (Object.hasOwn(english, code!)) return code as MessageKey;
  if (status === 401) return 'session_required';
  return status! >= 500 ? 'not_available' : 'not_found';
}

/**
 * Languages besides English that `locales/` holds; a list, so that no page asks for one that is not
 * there. `no` is `nb` by its older name; `en-XA` is accented English, for trying a layout out.
 */
export const LOCALES: readonly string[] =
  'ar cs da de el en-XA es fa fi fr he hi hu id it ja ko nb nl no pl pt pt-BR ro ru sv th tr uk ur vi zh-Hans zh-Hant'.split(
    ' ',
  );

/**
 * The language to show for a wanted BCP 47 tag: `fr-BE` gives `fr`, `zh-TW` `zh-Hant`, `pt-AO` `pt`,
 * `iw` `he`; `en` where there is none.
 */
export function matchLocale(wanted: string): string {
  // For English nothing is fetched, and nothing completed: what Intl loads to complete a tag is dear.
  if (/^en\b(?!-xa)/i.test(wanted)) return 'en';
  try {
    const { language, script, region } = new Intl.Locale(wanted).maximize();
    const tags = [`${language}-${script}`, `${language}-${region}`, language];
    return tags.find((tag) => LOCALES.includes(tag)) ?? 'en';
  } catch {
    return 'en';
  }
}

/** The `lang` nearest to an element, across shadow hosts; the browser's where there is none or it is empty. */
export function nearestLanguage(element: Element): string {
  const holder = element.closest<HTMLElement>('[lang]');
  const { host } = element.getRootNode() as Partial<ShadowRoot>;
  return holder?.lang || (!holder && host ? nearestLanguage(host) : navigator.language);
}

/** Whether a language of `LOCALES` is written from right to left. */
export const isRtl = (language: string): boolean => /ar|fa|he|ur/.test(language);

/** A string with its places filled; text only, so that it can be announced too. */
export const fill = (text: string, values: Record<string, string>): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
