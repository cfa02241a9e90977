import { expect } from '@open-wc/testing';
import { FIELD_ERROR_CODES, PROBLEM_CODES, type ProblemCode } from '../../proxy/limits.ts';
import { suggestEmail } from '../../widget/email-hint.ts';
import type { ErrorCode } from '../../widget/error-code.ts';
import { faultsOf, findFaults } from '../../widget/fields.ts';
import { LOCALES, english, failureWords, fill, isRtl, matchLocale } from '../../widget/messages.ts';
import { ports } from '../../widget/ports.ts';
import { ENDPOINT, json, mount, page, problem, setUp, settled, when } from './scripted.ts';

const statusOf = (code: ProblemCode) => {
  if (/^(?:session|identity)_/.test(code)) return 401;
  if (code === 'upstream_failed') return 502;
  if (code === 'internal_error') return 500;
  return code === 'not_available' || code === 'overloaded' ? 503 : 400;
};

describe('the words', () => {
  for (const code of PROBLEM_CODES)
    it(`has words for ${code}`, () => {
      const key = failureWords({ code, status: statusOf(code) });
      expect(english[key]).to.be.a('string');
      if (statusOf(code) >= 500) expect(key).to.equal('not_available');
      if (statusOf(code) === 401) expect(key).to.match(/^session_/);
    });

  it('has words for a code from a newer proxy', () => {
    const code = 'constructor' as ErrorCode;
    expect(failureWords({ code, status: 503 })).to.equal('not_available');
    expect(failureWords({ code, status: 401 })).to.equal('session_required');
    expect(failureWords({ code, status: 418 })).to.equal('not_found');
  });

  it('has words for every fault of a field', () => {
    for (const code of FIELD_ERROR_CODES)
      for (const field of ['email', 'businessName'] as const) {
        const fault = faultsOf([{ pointer: `/${field}`, code, detail: '' }])[field];
        expect(english[fault!]).to.be.a('string');
      }
    expect(faultsOf([{ pointer: '/externalId', code: 'unknown_member', detail: '' }])).to.deep.equal({});
  });

  for (const [wanted, tag] of Object.entries({
    'fr-BE': 'fr',
    'zh-TW': 'zh-Hant',
    'pt-AO': 'pt',
    pt: 'pt-BR',
    iw: 'he',
    'en-XA': 'en-XA',
    'en-GB': 'en',
    tlh: 'en',
    '': 'en',
  }))
    it(`shows ${tag} for "${wanted}" in this browser`, () => expect(matchLocale(wanted)).to.equal(tag));

  it('fills known places alone', () => {
    expect(fill('{a} and {b} of {c}', { a: 'x', b: '{a}' })).to.equal('x and {a} of {c}');
  });

  it('knows which languages run from right to left', () => {
    expect(LOCALES.filter(isRtl)).to.deep.equal(['ar', 'fa', 'he', 'ur']);
    expect(isRtl('en')).to.equal(false);
  });
});

describe('the language of the element', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => {
    world = setUp();
    const { fetch: scripted } = ports;
    // Languages come from the real files, over the real network.
    ports.fetch = (input, init) => {
      const [, file] = /\/locales\/(.+)$/.exec(input as string) ?? [];
      return file && file !== 'missing' ? fetch(`/widget/locales/${file}`, init) : scripted(input, init);
    };
  });
  afterEach(() => world.stop());

  it('is loaded, shown and declared', async () => {
    const element = await mount({ locale: 'ar-EG' });
    const card = page(element).find('.card')!;
    await when(() => card.lang === 'ar');
    expect(card.dir).to.equal('rtl');
    expect(page(element).part('submit')!.textContent).to.contain('إنشاء الحساب');
    expect(page(element).input('email').dir).to.equal('ltr');
    expect(getComputedStyle(page(element).input('email')).textAlign).to.equal('right');
  });

  for (const locale of ['ar', 'fa', 'he', 'ur'])
    it(`shows an address that begins with a digit in its order in ${locale}`, async () => {
      const element = await mount({ locale });
      await when(() => page(element).find('.card')!.lang === locale);
      page(element).input('email').value = '12345678@gmial.com';
      element.requestSubmit();
      await settled();
      const words = document.createTreeWalker(page(element).find('button.link')!, NodeFilter.SHOW_TEXT);
      const text = words.nextNode() as Text;
      const leftOf = (letter: string) => {
        const range = document.createRange();
        range.setStart(text, text.data.indexOf(letter));
        range.setEnd(text, range.startOffset + 1);
        return range.getBoundingClientRect().left;
      };
      expect(leftOf('1')).to.be.below(leftOf('@'));
      expect(leftOf('@')).to.be.below(leftOf('g'));
    });

  it('comes from the nearest lang, across shadow roots', async () => {
    const outer = document.createElement('div');
    outer.lang = 'de-CH';
    const host = outer.appendChild(document.createElement('div'));
    document.body.append(outer);
    const element = await mount();
    host.attachShadow({ mode: 'open' }).append(element);
    element.locale = 'x';
    element.locale = '';
    await when(() => page(element).find('.card')!.lang === 'de');
    expect(page(element).text()).to.contain('Konto anlegen');
    outer.remove();
  });

  it('is the language of the browser where lang is empty', async () => {
    Object.defineProperty(navigator, 'language', { value: 'fr-CA', configurable: true });
    const outer = document.body.appendChild(document.createElement('div'));
    outer.lang = 'de';
    const element = await mount();
    outer.append(element);
    element.locale = 'x';
    element.locale = '';
    await when(() => page(element).find('.card')!.lang === 'de');
    outer.lang = '';
    await when(() => page(element).find('.card')!.lang === 'fr');
    delete (navigator as { language?: string }).language;
    outer.remove();
  });

  it('says again what it said before its language came', async () => {
    const late = new EventTarget();
    const arrived = new Promise((resolve) => late.addEventListener('arrive', resolve));
    const { fetch: prompt } = ports;
    ports.fetch = async (input, init) => {
      if ((input as string).includes('/locales/')) await arrived;
      return prompt(input, init);
    };
    const element = await mount({ locale: 'de' });
    page(element).input('email').value = 'ana@gmial.com';
    element.requestSubmit();
    const said = () => page(element).find('[role=status]')!.textContent;
    await when(() => said() === 'Did you mean ana@gmail.com?');
    late.dispatchEvent(new Event('arrive'));
    await when(() => said() === 'Meinten Sie ana@gmail.com?');
  });

  it('keeps a long word whole on a small phone', async () => {
    const element = await mount({ locale: 'ru' });
    element.style.width = '260px';
    await when(() => page(element).find('.card')!.lang === 'ru');
    const optional = page(element).find('label small')!;
    expect(optional.scrollWidth).to.be.at.most(optional.clientWidth);
    expect(optional.offsetHeight).to.be.below(1.9 * parseFloat(getComputedStyle(optional).lineHeight));
  });

  it('changes with the locale', async () => {
    const element = await mount({ locale: 'de' });
    await when(() => page(element).find('.card')!.lang === 'de');
    element.locale = 'en';
    await when(() => page(element).find('.card')!.lang === 'en');
    expect(page(element).text()).to.contain('Create account');
  });

  it('comes after a failure that is over', async () => {
    const element = await mount({ locale: 'de', endpoint: '' });
    expect(element.error?.code).to.equal('endpoint_missing');
    element.endpoint = ENDPOINT;
    await when(() => page(element).find('.card')!.lang === 'de');
    expect(page(element).text()).to.contain('Konto anlegen');
  });

  it('stays English where it cannot be had', async () => {
    ports.fetch = world.proxy.fetch;
    const element = await mount({ locale: 'de' });
    await settled();
    expect(page(element).find('.card')!.lang).to.equal('en');
    expect(page(element).text()).to.contain('Create account');
  });

  it('stays English where a proxy answers with a problem', async () => {
    world.proxy.others = (path) => (path.includes('/locales/') ? problem(404, 'not_found') : undefined);
    ports.fetch = world.proxy.fetch;
    const element = await mount({ locale: 'ar' });
    await settled();
    const { lang, dir } = page(element).find('.card')!;
    expect([lang, dir]).to.deep.equal(['en', 'ltr']);
  });

  it('lets single strings be replaced', async () => {
    const element = await mount({ messages: { submit: 'Go', description: 'With {partner}' } });
    expect(page(element).text()).to.contain('Go').and.to.contain('With Acme').and.to.contain('Email');
    element.messages = { submit: undefined } as object;
    await settled();
    expect(page(element).text()).to.contain('Create account').and.not.to.contain('With Acme');
  });

  it('names the page’s host where no partner is named', async () => {
    const element = await mount({ partnerName: '' });
    expect(page(element).text()).to.contain(location.host);
  });

  it('says when to try again in its own words', async () => {
    const element = await mount({ locale: 'de' });
    await when(() => page(element).find('.card')!.lang === 'de');
    world.proxy.posts = [problem(429, 'rate_limited', undefined, { 'retry-after': '600' })];
    await page(element).signUp();
    expect(page(element).text()).to.contain('in 10 Minuten');
  });

  it('loads nothing of Intl for English words without a time', async () => {
    const { Locale, RelativeTimeFormat } = Intl;
    let made = 0;
    const counted = <Class extends object>(target: Class) =>
      new Proxy(target, {
        construct: (own: Class & (new (...given: unknown[]) => object), given) => (made++, new own(...given)),
      });
    Object.assign(Intl, {
      Locale: counted(Locale),
      RelativeTimeFormat: counted(RelativeTimeFormat),
    });
    try {
      await page(await mount({ locale: 'en-GB' })).signUp();
      expect(made).to.equal(0);
      matchLocale('de');
      expect(made).to.equal(1);
    } finally {
      Object.assign(Intl, { Locale, RelativeTimeFormat });
    }
  });

  it('shows texts as texts', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const element = await mount({ partnerName: name });
    expect(page(element).text()).to.contain(name);
    expect(page(element).find('img')).to.equal(null);
  });
});

const nameFault = (businessName: string) => findFaults({ email: 'a@b.co', businessName }).businessName;

describe('what is wrong with a field', () => {
  for (const [email, fault] of [
    ['', 'email_required'],
    ['  ', 'email_required'],
    ['ana', 'email_invalid'],
    ['ana@', 'email_invalid'],
    ['ana@example', 'email_invalid'],
    ['ana@example.com', undefined],
    ['jörg@münchen.example', undefined],
    [`${'a'.repeat(250)}@example.com`, 'email_too_long'],
  ] as const)
    it(`is ${fault ?? 'nothing'} for "${email.slice(0, 24)}"`, () =>
      expect(findFaults({ email, businessName: '' }).email).to.equal(fault));

  it('counts code points', () => {
    expect(nameFault('🦊'.repeat(200))).to.equal(undefined);
    expect(nameFault('🦊'.repeat(201))).to.equal('businessName_too_long');
    expect(nameFault('Acme\u202e')).to.equal('businessName_invalid');
  });
});

describe('the meant address', () => {
  for (const [typed, meant] of Object.entries({
    'ana@gmial.com': 'ana@gmail.com',
    'ana@gmal.com': 'ana@gmail.com',
    'ana@gmaill.com': 'ana@gmail.com',
    'ana@gnail.com': 'ana@gmail.com',
    'Ana@GMAIL.con': 'Ana@gmail.com',
    'ana@hotmial.com': 'ana@hotmail.com',
    'ana@yaho.com': 'ana@yahoo.com',
    'ana@outlokk.com': 'ana@outlook.com',
    'ana@gmail.vom': 'ana@gmail.com',
    'ana@gmail.ocm': 'ana@gmail.com',
    'ana@gmail.comm': 'ana@gmail.com',
    'ana@acme.con': 'ana@acme.com',
    'ana@gmail.com': null,
    'ana@GMAIL.com': null,
    'ana@mail.com': null,
    'ana@ymail.com': null,
    'ana@email.com': null,
    'ana@cloud.com': null,
    'ana@gmailxx.com': null,
    'ana@acme.com': null,
    'ana@acme.co': null,
    'ana@': null,
    ana: null,
  }))
    it(`is ${meant ?? 'what was typed'} for ${typed}`, () =>
      expect(suggestEmail(typed) || null).to.equal(meant));
});

describe('a page without its proxy', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  for (const [endpoint, code] of [
    ['', 'endpoint_missing'],
    ['http://[', 'endpoint_invalid'],
    ['ftp://proxy.example', 'endpoint_invalid'],
  ] as const)
    it(`says ${code} for "${endpoint}"`, async () => {
      const element = await mount({ endpoint });
      expect(element.state).to.equal('failed');
      expect(element.error).to.deep.equal({ code, status: null, retryable: false, requestId: null });
      expect(page(element).part('alert')!.textContent).to.contain(code);
      await page(element).signUp();
      expect(world.proxy.seen).to.be.empty;
    });

  it('takes an endpoint relative to the page', async () => {
    await mount({ endpoint: '/kelviq/' });
    expect(world.proxy.reads[0]?.path).to.equal('/kelviq/v1/session');
  });

  it('says endpoint_invalid where something else answers', async () => {
    const { warn } = console;
    const warnings: string[] = [];
    console.warn = (...words: string[]) => warnings.push(words.join(' '));
    try {
      world.proxy.session = json(200, '<h1>Hello</h1>');
      const element = await mount();
      expect(element.error?.code).to.equal('endpoint_invalid');
      expect(warnings.join()).to.match(/endpoint_invalid see kelviq-onboarding\.debug\.js$/);
    } finally {
      console.warn = warn;
    }
  });

  it('tells the developer in the proxy’s own words what to do', async () => {
    const { warn } = console;
    const warnings: string[] = [];
    console.warn = (...words: string[]) => warnings.push(words.join(' '));
    try {
      const detail = `Add it to the proxy's settings: ALLOWED_ORIGINS=${location.origin}`;
      world.proxy.session = json(403, { code: 'origin_not_allowed', detail });
      const element = await mount();
      expect(warnings).to.deep.equal([`kelviq-onboarding: origin_not_allowed ${detail}`]);
      expect(page(element).part('alert')!.textContent).to.contain('let Acme know');
      expect(page(element).text()).not.to.contain('ALLOWED_ORIGINS');
    } finally {
      console.warn = warn;
    }
  });
});
