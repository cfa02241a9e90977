import assert from '../support/assert.ts';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PROBLEM_CODES } from '../../proxy/limits.ts';
import { problem } from '../../proxy/problem.ts';
import { LOCALES, english, failureWords, matchLocale, type Messages } from '../../widget/messages.ts';
import { languages } from '../support/languages.ts';

const MOST_BYTES = 1500;

const built = new URL('../../dist/widget/locales/', import.meta.url);
const dropIn = new URL('../../dist/drop-in/locales/', import.meta.url);
const builtWords = (tag: string) =>
  JSON.parse(readFileSync(new URL(`${tag}.json`, built), 'utf8')) as Messages;
const keys = Object.keys(english) as (keyof Messages)[];
const placesOf = (text: string) => (text.match(/\{\w*\}/g) ?? []).toSorted();

/** What a language is written in, beside the Latin of names, codes and examples. */
const SCRIPTS: Record<string, RegExp> = {
  ar: /\p{Script=Arabic}/u,
  el: /\p{Script=Greek}/u,
  fa: /\p{Script=Arabic}/u,
  he: /\p{Script=Hebrew}/u,
  hi: /\p{Script=Devanagari}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u,
  ko: /\p{Script=Hangul}/u,
  ru: /\p{Script=Cyrillic}/u,
  th: /\p{Script=Thai}/u,
  uk: /\p{Script=Cyrillic}/u,
  ur: /\p{Script=Arabic}/u,
  'zh-Hans': /\p{Script=Han}/u,
  'zh-Hant': /\p{Script=Han}/u,
};

/** Letters that give a neighbouring language away. */
const FOREIGN: Record<string, RegExp> = {
  ar: /[پچژگکیےہ]/,
  da: /[äö]|\bikke noe\b/i,
  fa: /[كيىةےہ]/,
  nb: /[äö]|\bikke noget\b/i,
  ru: /[іїєґ]/i,
  sv: /[æø]/i,
  uk: /[ыэёъ]/i,
  ur: /[كيىةۀ]/,
  'zh-Hans': /[設帳戶創請輸選為無頁連]/,
  'zh-Hant': /[设账户创请输选为无页连]/,
};

describe('the languages', () => {
  it('are those that the widget knows of', () => {
    assert.deepEqual([...LOCALES], [...Object.keys(languages), 'en-XA', 'no'].toSorted(byTag));
    for (const folder of [built, dropIn])
      assert.deepEqual(
        readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .toSorted(byTag),
        LOCALES.map((tag) => `${tag}.json`).toSorted(byTag),
      );
  });

  it('are thirty at least, four from right to left', () => {
    assert.ok(Object.keys(languages).length >= 30);
    for (const tag of ['ar', 'he', 'fa', 'ur']) assert.ok(languages[tag], tag);
  });

  for (const [tag, words] of Object.entries(languages)) {
    it(`says everything in ${tag}, in order`, () => {
      assert.deepEqual(Object.keys(words), keys);
      for (const key of keys) {
        const text = words[key];
        assert.ok(text === text.trim() && text.length > 0, `${key}: ${text}`);
        assert.equal(text, text.normalize('NFC'), key);
        assert.doesNotMatch(text, /\.\.\.| {2}|[<>"]|\p{Cc}/u, key);
        assert.deepEqual(placesOf(text), placesOf(english[key]), `${key}: ${text}`);
        assert.equal(text.includes('Kelviq'), english[key].includes('Kelviq'), `${key}: ${text}`);
        assert.equal(text.includes('ana@example.com'), english[key].includes('ana@example.com'), key);
        // One word may be the same in two languages; a sentence is one that nobody has translated.
        if (english[key].includes(' ')) assert.notEqual(text, english[key], key);
        if (SCRIPTS[tag] && key !== 'email') assert.match(text, SCRIPTS[tag], key);
        if (FOREIGN[tag]) assert.doesNotMatch(text, FOREIGN[tag], `${key}: ${text}`);
      }
    });
  }

  for (const tag of ['ar', 'he', 'fa', 'ur'])
    it(`sets names and addresses apart in ${tag}, as they run their own way`, () => {
      for (const text of Object.values(languages[tag]!)) {
        assert.doesNotMatch(text, /(?<!\u2066)\{email\}|\{email\}(?!\u2069)/, text);
        assert.doesNotMatch(text, /(?<!\u2068)\{partner\}|\{partner\}(?!\u2069)/, text);
      }
    });

  for (const tag of LOCALES)
    it(`comes as little data in ${tag}`, () => {
      const words = builtWords(tag);
      assert.deepEqual(words, languages[tag === 'no' ? 'nb' : tag] ?? words);
      const { length } = readFileSync(new URL(`${tag}.json.br`, dropIn));
      assert.ok(length <= MOST_BYTES, `${length} bytes`);
    });

  for (const code of PROBLEM_CODES)
    it(`has words for ${code} in all of them`, () => {
      const key = failureWords({ code, status: problem(code, 'req_1').status });
      for (const tag of LOCALES) assert.ok(builtWords(tag)[key], tag);
    });
});

describe('en-XA', () => {
  it('marks every string and keeps its places', () => {
    const words = builtWords('en-XA');
    assert.deepEqual(Object.keys(words), keys);
    for (const key of keys) {
      assert.match(words[key], /^\[.*[^ -~].*\]$/);
      assert.ok(words[key].length > english[key].length + 2);
      assert.deepEqual(placesOf(words[key]), placesOf(english[key]));
    }
  });
});

describe('matchLocale', () => {
  for (const [wanted, tag] of Object.entries({
    de: 'de',
    DE: 'de',
    'de-AT': 'de',
    de_CH: 'en',
    'fr-BE': 'fr',
    'fr-CA': 'fr',
    'es-419': 'es',
    'ar-EG': 'ar',
    zh: 'zh-Hans',
    'zh-CN': 'zh-Hans',
    'zh-SG': 'zh-Hans',
    'zh-TW': 'zh-Hant',
    'zh-HK': 'zh-Hant',
    'zh-Hant-MY': 'zh-Hant',
    'zh-Hans-TW': 'zh-Hans',
    pt: 'pt-BR',
    'pt-BR': 'pt-BR',
    'pt-PT': 'pt',
    'pt-AO': 'pt',
    no: 'no',
    nb: 'nb',
    'nb-NO': 'nb',
    'no-NO': 'no',
    iw: 'he',
    'he-IL': 'he',
    in: 'id',
    'ur-IN': 'ur',
    'en-XA': 'en-XA',
    en: 'en',
    'en-GB': 'en',
    tlh: 'en',
    'not a tag': 'en',
    '': 'en',
  }))
    it(`gives ${tag} for "${wanted}"`, () => assert.equal(matchLocale(wanted), tag));

  it('knows each language by its own tag', () => {
    for (const tag of LOCALES) assert.equal(matchLocale(tag), tag === 'pt' ? 'pt-BR' : tag);
  });
});

/** The order of `LOCALES`: without regard to case. */
function byTag(one: string, other: string): number {
  return one.toLowerCase() < other.toLowerCase() ? -1 : 1;
}
