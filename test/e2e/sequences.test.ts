/**
 * The built element in an order of events that a seed decides: a customer who types, sends, reloads and comes
 * back, a page that learns who is there, a proxy and a network that do what they do on bad days.
 * `SEQUENCE_SEED` plays one seed.
 */
import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { playSequences } from '../sequences/run.ts';
import { useChromium } from './chromium.ts';

const SEED = process.env['SEQUENCE_SEED'];
const SEQUENCES = 100;
/** A broken promise is found within so many sequences. */
const FOUND_WITHIN = 100;

/** Sends each request twice whose address passes. */
const asksTwice = (test: string) => `const { fetch } = window;
  window.fetch = (url, init) => {
    if (url.${test}) void fetch(url, init).catch(() => undefined);
    return fetch(url, init);
  }`;

/** Promises of the browser or the element, broken one at a time by code in the page, and the rules that notice. */
const SPOILT: readonly [promise: string, spoil: string, noticed: RegExp][] = [
  [
    'keeps what was typed, and the key, over a reload',
    `Object.defineProperty(window, 'sessionStorage', { get: () => new Map() })`,
    /^typed .* but it reads|organizations for 1 people|^the account is gone/,
  ],
  [
    'tells of success once',
    `const { prototype } = customElements.get('kelviq-onboarding');
    const { dispatchEvent } = prototype;
    prototype.dispatchEvent = function (event) {
      if (event.type === 'kelviq-success') dispatchEvent.call(this, new CustomEvent(event.type, event));
      return dispatchEvent.call(this, event);
    }`,
    /^kelviq-success twice/,
  ],
  [
    'takes the focus along',
    `const { focus } = HTMLElement.prototype;
    HTMLElement.prototype.focus = function (options) {
      if (this.role !== 'heading') focus.call(this, options);
    }`,
    /^the focus has fallen to the body/,
  ],
  [
    'goes on waiting, and says why',
    `const wait = window.setTimeout;
    window.setTimeout = (ring, ms) => ms !== 4000 && wait(ring, ms)`,
    /^a wait without/,
  ],
  [
    'asks for itself alone',
    `const { fetch } = window;
    let first;
    window.fetch = (url, init) => {
      first ??= init?.headers?.authorization;
      return fetch(url, init?.headers?.authorization ? { ...init, headers: { ...init.headers, authorization: first } } : init);
    }`,
    /^a request of another customer/,
  ],
  ['sends one signup at a time', asksTwice(`endsWith('organizations')`), /^two signups under way/],
  ['asks the page once for a token', asksTwice(`includes('/token/')`), /^two tokens asked for/],
  [
    'proves its work for each signup',
    `const { fetch } = window;
    let first;
    window.fetch = (url, init) => {
      if (!url.endsWith('organizations')) return fetch(url, init);
      const body = JSON.parse(init.body);
      first ??= body.challenge;
      return fetch(url, { ...init, body: JSON.stringify({ ...body, challenge: body.challenge && first }) });
    }`,
    /^a proof (?:of another customer|that was refused|that was made for another)/,
  ],
  [
    'proves its work where it is asked to alone',
    `const { parse } = JSON;
    JSON.parse = (text) => parse(text.replace('"none"', '"required"'))`,
    /^a challenge that nobody asked for/,
  ],
  [
    'shows no customer what another one typed',
    `const { replaceAll } = String.prototype;
    String.prototype.replaceAll = function (from, to) {
      return from === '-' ? btoa('{"sub":"somebody"}') : replaceAll.call(this, from, to);
    }`,
    /^\w+ reads .* another customer typed/,
  ],
];

describe('whatever happens, in any order', () => {
  const chromium = useChromium();

  it('keeps every rule', async () => {
    const { page } = await chromium.open();
    await playSequences(page, Number(SEED ?? 1), SEED ? 1 : SEQUENCES);
  });

  for (const [promise, spoil, noticed] of SPOILT)
    it(`notices what no longer ${promise}`, async () => {
      const { page } = await chromium.open();
      await assert.rejects(playSequences(page, 1, FOUND_WITHIN, spoil), { rule: noticed });
    });
});
