/**
 * Every word a person reads. English is inside; other languages are data, fetched from
 * `<endpoint>/locales/<tag>.json`, and never code. `{name}` is a place for a value.
 */
import type { ErrorCode } from './events.ts';

const notConnected = 'This form is not connected yet. Please let {partner} know.';
const notOurs = 'This form and its server do not fit together. Please let {partner} know.';
const whoAreYou = 'We could not tell who you are. Sign in to {partner} again, then reload this page.';
const shortBreak = 'Signing up is taking a short break. Nothing is lost: try again in a few minutes.';

/** The English words; the other languages have the same keys. */
export const english = {
  heading: 'Set up your Kelviq account',
  description: 'Kelviq looks after payments and billing for your business on {partner}.',
  email: 'Email',
  emailHelp: 'Kelviq will email you a link to set your password.',
  businessName: 'Business name',
  optional: 'optional',
  submit: 'Create account',
  submitting: 'Creating your account…',
  hint: 'Did you mean {email}?',

  slow: 'Still working. You can stay right here.',
  resuming: 'Your account is being created. Checking on it…',
  offline: 'No connection right now. We keep trying, and nothing you typed is lost.',
  busy: 'It is busy right now. We keep trying, and nothing you typed is lost.',
  notSent: 'Your account has not been created yet. Please check the form and send it again.',

  email_required: 'Enter your email address.',
  email_invalid: 'Enter a whole email address, such as ana@example.com.',
  email_too_long: 'This email address is too long.',
  email_taken: 'This email already has a Kelviq account. Was it you? Check your inbox or sign in.',
  businessName_invalid: 'Remove the invisible characters from this name.',
  businessName_too_long: 'Use at most 200 characters.',
  signIn: 'Sign in to Kelviq',

  created: 'Your account is ready',
  welcomeBack: 'Welcome back. Your account is ready',
  sandbox: 'Sandbox',
  key: 'Client key',
  keyPending: 'On its way. It will appear here by itself.',
  keyArrived: 'Your client key is here.',
  copy: 'Copy',
  copied: 'Copied',
  copyYourself: 'Selected: copy it with your keyboard or menu.',
  steps: 'Next steps',
  passwordMailed: 'Set your password: we emailed a link to {email}.',
  password: 'Set your password with the link that Kelviq emailed you.',
  useKey: 'Use your client key wherever {partner} asks for it. It is safe to share.',
  delivering: 'Your secret key is on its way to {partner}…',
  delivered: '{partner} has received your secret key.',
  undelivered: 'Your secret key will reach {partner} by itself. There is nothing for you to do.',
  wrongEmail: 'Wrong email address?',
  support: 'Contact support',
  notYou: 'Not you?',
  startAgain: 'Start again',

  tryAgain: 'Try again',
  reference: 'Reference',
  network_failed: 'We could not reach the server. Check your connection, then try again.',
  timed_out: 'This takes longer than it should. Try again: you will not get two accounts.',
  endpoint_missing: notConnected,
  endpoint_invalid: notConnected,
  insecure_context: 'This form needs a secure page. Open this page with https.',
  malformed_request: notOurs,
  session_required: whoAreYou,
  session_invalid: whoAreYou,
  session_expired: 'You were away for a while. Reload this page to go on; nothing you typed is lost.',
  identity_required: whoAreYou,
  origin_not_allowed: 'Signing up is not switched on for this site yet. Please let {partner} know.',
  challenge_failed: 'The safety check did not go through. Please try again.',
  not_found: notOurs,
  method_not_allowed: notOurs,
  body_too_large: notOurs,
  unsupported_media_type: notOurs,
  validation_failed: 'Kelviq could not take these details. Please check them and try again.',
  rate_limited: 'That was a lot of tries. Please try again {time}.',
  internal_error: shortBreak,
  upstream_failed: shortBreak,
  not_available: shortBreak,
  overloaded: shortBreak,
} satisfies Record<ErrorCode, string> & Record<string, string>;

/** Every string that the widget shows; `messages` replaces single ones. */
export type Messages = Record<keyof typeof english, string>;

/** Name of one string. */
export type MessageKey = keyof Messages;

/** Name of one string, or `failure`: the words of the failure at hand. */
export type Words = MessageKey | 'failure';

/** Names of the strings that a field's error may show. */
export type FieldFault = Extract<MessageKey, `email_${string}` | `businessName_${string}`>;

/** Languages besides English that `locales/` holds; a list, so that no page asks for one that is not there. */
export const LOCALES: readonly string[] = ['ar', 'de'];

/** The language to show for a wanted BCP 47 tag: `fr-BE` → `fr`, `zh-TW` → `zh-Hant`, else `en`. */
export function matchLocale(wanted: string): string {
  try {
    const locale = new Intl.Locale(wanted);
    const { language, script } = locale.maximize();
    return [locale.baseName, `${language}-${script}`, language].find((tag) => LOCALES.includes(tag)) ?? 'en';
  } catch {
    return 'en';
  }
}

/** Direction of a language's script. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return /^(?:ar|fa|he|ur)\b/.test(language) ? 'rtl' : 'ltr';
}

/** Fetches a language; null when it cannot be had, and English stays. Strings of unknown names are kept out by use. */
export async function loadMessages(endpoint: string, tag: string): Promise<Messages | null> {
  try {
    const response = await fetch(`${endpoint}/locales/${tag}.json`, { credentials: 'omit' });
    return response.ok ? { ...english, ...((await response.json()) as Partial<Messages>) } : null;
  } catch {
    return null;
  }
}

/** Values for the places in a string; text only, so that it can be announced too. */
export type Fillings = Record<string, string>;

/** A string with its places filled. */
export function fill(text: string, values: Fillings): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
