import { expect, fixture, html } from '@open-wc/testing';
import { emulate, itWithMedia } from './engine.ts';
import { KelviqErrorEvent, KelviqSuccessEvent, type KelviqOnboarding } from '../../widget/index.ts';
import { ENDPOINT, mount, organization, page, record, setUp, settled } from './scripted.ts';

describe('on every page', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(async () => {
    world.stop();
    document.documentElement.style.cssText = '';
    await emulate({ 'forced-colors': 'none' });
  });

  it('follows the inherited color-scheme, and the theme over it', async () => {
    document.documentElement.style.colorScheme = 'dark';
    const element = await mount();
    const background = () => getComputedStyle(page(element).find('.card')!).backgroundColor;
    const dark = background();
    element.theme = 'light';
    await settled();
    const light = background();
    expect(light).not.to.equal(dark);
    document.documentElement.style.colorScheme = 'light';
    element.theme = 'auto';
    await settled();
    expect(background()).to.equal(light);
    element.theme = 'dark';
    await settled();
    expect(background()).to.equal(dark);
  });

  it('keeps its own size and lines, and the font of the page', async () => {
    const element = await mount();
    element.style.font = '10px/1 monospace';
    element.style.whiteSpace = 'nowrap';
    const { fontFamily, fontSize, lineHeight, whiteSpace } = getComputedStyle(
      element.shadowRoot!.querySelector('.card')!,
    );
    expect([fontFamily, fontSize, lineHeight, whiteSpace]).to.deep.equal([
      'monospace',
      '16px',
      '24px',
      'normal',
    ]);
  });

  itWithMedia('keeps its edges in forced colours', async () => {
    await emulate({ 'forced-colors': 'active' });
    const element = await mount();
    expect(getComputedStyle(page(element).find('.card')!).borderTopStyle).to.equal('solid');
    expect(getComputedStyle(page(element).part('submit')!).borderTopStyle).to.equal('solid');
  });

  it('stays hidden beside its stylesheet', async () => {
    const sheet = Object.assign(document.createElement('link'), {
      rel: 'stylesheet',
      href: '/widget/kelviq-onboarding.css',
    });
    const loaded = new Promise((resolve) => sheet.addEventListener('load', resolve));
    document.head.append(sheet);
    await loaded;
    const element = await mount({ hidden: true });
    expect(getComputedStyle(element).display).to.equal('none');
    element.hidden = false;
    expect(getComputedStyle(element).display).to.equal('grid');
    sheet.remove();
  });

  it('has custom states', async () => {
    const element = await mount();
    expect(element.matches(':state(ready)')).to.equal(true);
    await page(element).signUp();
    expect(element.matches(':state(success)')).to.equal(true);
    expect(element.matches(':state(ready)')).to.equal(false);
  });

  it('sends events of their classes', async () => {
    const element = await mount();
    let sent: Event | undefined;
    element.addEventListener('kelviq-success', (event) => (sent = event));
    await page(element).signUp();
    const created = false;
    for (const event of [sent!, new KelviqSuccessEvent({ organization, created })]) {
      expect(event).to.be.instanceOf(KelviqSuccessEvent).and.instanceOf(CustomEvent);
      expect(event).not.to.be.instanceOf(KelviqErrorEvent);
      expect([event.type, event.bubbles, event.composed, event.cancelable]).to.deep.equal([
        'kelviq-success',
        true,
        true,
        false,
      ]);
    }
    expect(new CustomEvent('kelviq-success')).not.to.be.instanceOf(KelviqSuccessEvent);
  });

  it('reflects nothing', async () => {
    const element = await mount({ email: 'ana@example.com', locale: 'en', theme: 'dark' });
    await page(element).signUp();
    expect(element.getAttributeNames()).to.be.empty;
  });

  it('takes attributes, and gives their defaults back', async () => {
    const element = await fixture<KelviqOnboarding>(
      html`<kelviq-onboarding
        endpoint=${ENDPOINT}
        partner-name="Acme"
        heading-level="3"
        business-name="Acme Coffee"
        sign-in-url="https://sign.example/"
      ></kelviq-onboarding>`,
    );
    await settled();
    expect(element.partnerName).to.equal('Acme');
    expect(page(element).input('businessName').value).to.equal('Acme Coffee');
    expect(page(element).part('heading')!.getAttribute('aria-level')).to.equal('3');
    element.removeAttribute('sign-in-url');
    expect(element.signInUrl).to.equal('https://app.kelviq.com');
  });

  it('has its defaults back where a property is emptied', async () => {
    const element = await mount({ headingLevel: 3, theme: 'dark', signInUrl: 'https://sign.example/' });
    for (const nothing of [undefined, null]) {
      const emptied = { headingLevel: nothing, theme: nothing, signInUrl: nothing, messages: nothing };
      Object.assign(element, emptied, { partnerName: nothing });
      await settled();
      const { headingLevel, theme, signInUrl, messages, partnerName } = element;
      expect([headingLevel, theme, signInUrl, messages, partnerName]).to.deep.equal([
        2,
        'auto',
        'https://app.kelviq.com',
        {},
        '',
      ]);
      expect(page(element).part('heading')!.getAttribute('aria-level')).to.equal('2');
    }
  });

  it('has a number for its heading level', async () => {
    const element = await mount();
    for (const [text, level] of [
      ['4', 4],
      ['none', 2],
      ['', 2],
    ] as const) {
      element.setAttribute('heading-level', text);
      expect(element.headingLevel).to.equal(level);
    }
    element.removeAttribute('heading-level');
    expect(element.headingLevel).to.equal(2);
  });

  it('keeps what was set before its upgrade', async () => {
    const container = document.createElement('template');
    container.innerHTML = '<kelviq-onboarding partner-name="Early"></kelviq-onboarding>';
    const element = container.content.firstElementChild as KelviqOnboarding;
    Object.assign(element, { endpoint: `${ENDPOINT}/early`, email: 'early@example.com' });
    document.body.append(element);
    await settled();
    expect(world.proxy.reads[0]?.path).to.equal('/kelviq/early/v1/session');
    expect(page(element).input('email').value).to.equal('early@example.com');
    element.remove();
  });

  it('takes no property from a prototype that the page polluted', () => {
    const names = ['endpoint', 'sessionToken', 'signInUrl'] as const;
    let given: unknown[];
    try {
      for (const name of names) Object.assign(Object.prototype, { [name]: 'https://elsewhere.example' });
      const element = document.createElement('kelviq-onboarding');
      given = names.map((name) => element[name]);
    } finally {
      for (const name of names) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(given).to.deep.equal(['', '', 'https://app.kelviq.com']);
  });

  it('tells of being ready once the session is known', async () => {
    world.proxy.session = 'silent';
    const element = await mount();
    const events = record(element);
    await settled();
    expect(events).to.be.empty;
    world.proxy.session = undefined;
    element.endpoint = `${ENDPOINT}/other`;
    await settled();
    expect(events).to.deep.equal([
      ['state-change', { state: 'ready' }],
      ['ready', null],
    ]);
  });

  it('sends events through shadow roots', async () => {
    const host = document.createElement('div');
    document.body.append(host);
    const element = await mount();
    host.attachShadow({ mode: 'open' }).append(element);
    const events = record(document);
    await page(element).signUp();
    expect(events.map(([type]) => type)).to.include('success');
    host.remove();
  });

  it('lives beside a second widget', async () => {
    const [first, second] = [await mount(), await mount({ endpoint: `${ENDPOINT}/second` })];
    await page(first).signUp();
    expect([first.state, second.state]).to.deep.equal(['success', 'ready']);
    await page(second).signUp('eva@example.com');
    expect(second.state).to.equal('success');
    expect(page(first).text()).to.contain('ana@example.com');
  });

  it('puts an organization before late listeners', async () => {
    const element = await mount();
    await page(element).signUp();
    expect(element.organization).to.deep.equal(organization);
  });

  it('keeps what was typed when the endpoint changes', async () => {
    const element = await mount();
    await page(element).type('email', 'ana@example.com');
    element.endpoint = `${ENDPOINT}/other`;
    await settled();
    expect(page(element).input('email').value).to.equal('ana@example.com');
    expect(world.proxy.reads.at(-1)?.path).to.equal('/kelviq/other/v1/session');
  });

  it('says again what is missing when it is submitted', async () => {
    const element = await mount({ endpoint: '' });
    const events = record(element);
    await page(element).signUp();
    expect(events.map(([type]) => type)).to.deep.equal(['submit', 'error']);
    expect(element.state).to.equal('failed');
  });

  it('asks again when the session could not be read', async () => {
    world.proxy.session = 'unreachable';
    const element = await mount();
    await world.clock.advance(20_000);
    expect(element.error).to.deep.equal({
      code: 'network_failed',
      status: null,
      retryable: true,
      requestId: null,
    });
    world.proxy.session = undefined;
    page(element).part('alert')!.querySelector('button')!.click();
    await settled();
    expect(element.state).to.equal('ready');
    expect(element.error).to.equal(null);
  });
});
