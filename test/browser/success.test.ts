import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { SNIPPETS } from '../../widget/snippets.ts';
import { KelviqOnboarding } from '../../widget/index.ts';
import { json, mount, organization, page, record, session, setUp, settled, when } from './scripted.ts';

const delivered = { ...organization, delivery: 'delivered' as const };
/** Of a customer whom the partner knows: by a session token, or by `identify`. */
const partners = { ...delivered, externalId: 'acme-42' };

const code = (element: KelviqOnboarding) => page(element).find('#code')!.textContent;
const tabs = (element: KelviqOnboarding) => [...element.shadowRoot!.querySelectorAll('[role=tab]')];

describe('success', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  it('shows the key, the mail and the steps', async () => {
    const element = await mount();
    await page(element).signUp();
    const key = page(element).input('key');
    expect(key.value).to.equal('ck_test_1');
    expect(key.readOnly).to.equal(true);
    expect(key.dir).to.equal('ltr');
    expect(element.shadowRoot!.querySelector('label[for=key]')!.textContent).to.equal('Client key');
    expect(page(element).text()).to.contain('we emailed a link to ana@example.com');
    expect(page(element).part('steps')!.children).to.have.lengthOf(3);
    expect(page(element).part('badge')!.textContent).to.equal('Sandbox');
  });

  it('tells in order, and once', async () => {
    const element = await mount();
    const events = record(element);
    await page(element).signUp('ana@example.com', 'Acme');
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(60_000);
    expect(events).to.deep.equal([
      ['submit', { email: 'ana@example.com', businessName: 'Acme' }],
      ['state-change', { state: 'submitting' }],
      ['state-change', { state: 'success' }],
      ['success', { organization, created: true }],
      ['delivered', { organization: delivered }],
    ]);
  });

  it('keeps everything in its place when the key is delivered', async () => {
    const element = await mount();
    await page(element).signUp();
    const line = page(element).part('key')!.lastElementChild!;
    const places = () => {
      for (const animation of element.shadowRoot!.getAnimations()) animation.finish();
      const words = document.createRange();
      words.selectNodeContents(line);
      const { left, top } = words.getBoundingClientRect();
      const steps = page(element).part('steps')!.getBoundingClientRect();
      return { left, top, steps: steps.top, height: element.getBoundingClientRect().height };
    };
    const before = places();
    expect(line.textContent).to.contain('on its way');
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(60_000);
    expect(line.textContent).to.contain('has received');
    expect(places()).to.deep.equal(before);
  });

  it('moves the focus to the heading after the customer acted', async () => {
    const element = await mount();
    await page(element).signUp();
    expect(page(element).focused()).to.equal('heading');
    expect(page(element).said()).to.equal('Your account is ready');
  });

  it('leaves the focus alone when it is elsewhere', async () => {
    const element = await mount({ email: 'ana@example.com' });
    const outside = document.createElement('button');
    element.after(outside);
    outside.focus();
    element.requestSubmit();
    await settled();
    expect(element.state).to.equal('success');
    expect(document.activeElement).to.equal(outside);
    expect(page(element).said()).to.equal('Your account is ready');
  });

  it('keeps the focus inside where the form goes at resume', async () => {
    const held = world.hold((path) => path.endsWith('/v1/session'));
    world.proxy.session = { ...session, organization: delivered };
    const element = await mount();
    page(element).input('email').focus();
    held.letGo();
    await when(() => element.state === 'success');
    await settled();
    expect(page(element).focused()).to.equal('copy');
  });

  it('keeps the focus inside where there is no key yet', async () => {
    const held = world.hold((path) => path.endsWith('/v1/session'));
    world.proxy.session = { ...session, organization: { ...partners, clientKey: null } };
    const element = await mount();
    page(element).input('email').focus();
    held.letGo();
    await when(() => element.state === 'success');
    await settled();
    expect(page(element).focused()).to.equal('heading');
  });

  it('leaves the focus alone on resume', async () => {
    world.proxy.session = { ...session, organization: delivered };
    const element = await mount();
    expect(element.state).to.equal('success');
    expect(element.shadowRoot!.activeElement).to.equal(null);
    expect(page(element).text()).to.contain('Welcome back');
    expect(page(element).text()).to.contain('Kelviq emailed you a link.');
  });

  for (const [whose, known, isOffered] of [
    ['open sign-up', delivered, true],
    ['the partner', partners, false],
  ] as const)
    it(`${isOffered ? 'lets' : 'does not let'} a customer of ${whose} start again`, async () => {
      world.proxy.session = { ...session, organization: known };
      const element = await mount();
      expect(element.state).to.equal('success');
      expect(page(element).text().includes('Not you? Start again')).to.equal(isOffered);
    });

  it('says nothing of a mail when the account was there before', async () => {
    world.proxy.posts = [json(200, organization)];
    const element = await mount();
    const events = record(element);
    await page(element).signUp();
    expect(page(element).text()).not.to.contain('ana@example.com');
    expect(events.at(-1)).to.deep.equal(['success', { organization, created: false }]);
  });

  it('follows the delivery ever more slowly, until it is there', async () => {
    const element = await mount();
    await page(element).signUp();
    const start = world.clock.now();
    expect(page(element).text()).to.contain('secret key is on its way to Acme');
    await world.clock.advance(100_000);
    const times = world.proxy.reads.map(({ at }) => at - start).filter((at) => at > 0);
    expect(times.slice(0, 4)).to.deep.equal([2000, 5000, 9500, 16_250]);
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(30_000);
    expect(page(element).text()).to.contain('Acme has received your secret key');
    expect(page(element).said()).to.equal('Acme has received your secret key.');
    const reads = world.proxy.reads.length;
    await world.clock.advance(300_000);
    expect(world.proxy.reads).to.have.lengthOf(reads);
  });

  it('stops following after five minutes, and says why', async () => {
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(301_000);
    expect(page(element).text()).to.contain('Nothing for you to do');
    const reads = world.proxy.reads.length;
    await world.clock.advance(600_000);
    expect(world.proxy.reads).to.have.lengthOf(reads);
    expect(element.error).to.equal(null);
  });

  it('gets over failing reads while it follows', async () => {
    const element = await mount();
    await page(element).signUp();
    world.proxy.session = 'unreachable';
    await world.clock.advance(20_000);
    expect(element.state).to.equal('success');
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(30_000);
    expect(page(element).text()).to.contain('has received your secret key');
  });

  it('fills in a key that comes later', async () => {
    const keyless = { ...delivered, clientKey: null };
    world.proxy.posts = [json(201, keyless)];
    const element = await mount();
    await page(element).signUp();
    expect(page(element).text()).to.contain('On its way');
    expect(page(element).input('key')).to.equal(null);
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(2000);
    expect(page(element).input('key').value).to.equal('ck_test_1');
    expect(page(element).said()).to.contain('Use your client key');
  });

  it('shows no code before it is known for which environment', async () => {
    world.proxy.session = 'unreachable';
    const element = await mount();
    page(element).input('email').value = 'ana@example.com';
    element.requestSubmit();
    await world.clock.advance(1000);
    expect(element.state).to.equal('success');
    expect(page(element).text()).not.to.contain('environment:');
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(10_000);
    expect(code(element)).to.contain("environment: 'sandbox'");
  });

  it('copies the key, and says so', async () => {
    const element = await mount();
    await page(element).signUp();
    let copied = '';
    navigator.clipboard.writeText = (text) => ((copied = text), Promise.resolve());
    try {
      await page(element).press('copy');
      expect(copied).to.equal('ck_test_1');
      expect(page(element).part('copy')!.textContent.trim()).to.equal('Copied');
      expect(page(element).said()).to.equal('Copied');
      await world.clock.advance(3000);
      expect(page(element).part('copy')!.textContent.trim()).to.equal('Copy');
    } finally {
      Reflect.deleteProperty(navigator.clipboard, 'writeText');
    }
  });

  for (const [isCopied, said] of [
    [true, 'Copied'],
    [false, 'Selected. Copy it with your keyboard.'],
  ] as const) {
    it(`says "${said}" where the clipboard is out of reach`, async () => {
      const element = await mount();
      await page(element).signUp();
      const key = page(element).input('key');
      const selected = () => key.value.slice(key.selectionStart!, key.selectionEnd!);
      let copied = '';
      navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'));
      document.execCommand = (command) => ((copied = `${command} ${selected()}`), isCopied);
      try {
        await page(element).press('copy');
        expect(copied).to.equal('copy ck_test_1');
        expect(selected()).to.equal('ck_test_1');
        expect(page(element).said()).to.equal(said);
      } finally {
        Reflect.deleteProperty(navigator.clipboard, 'writeText');
        Reflect.deleteProperty(document, 'execCommand');
      }
    });
  }

  it('has a way out for a wrong address', async () => {
    const element = await mount({ supportUrl: 'https://acme.example/help' });
    await page(element).signUp();
    const link = [...element.shadowRoot!.querySelectorAll('a')].find(
      (a) => a.href === 'https://acme.example/help',
    );
    expect(link?.textContent).to.contain('Wrong email?');
  });

  it('starts again for somebody else in open sign-up', async () => {
    const element = await mount();
    await page(element).signUp();
    const before = world.proxy.signups[0]!.headers.get('idempotency-key');
    [...element.shadowRoot!.querySelectorAll('button')]
      .find((b) => b.textContent.includes('Not you?'))!
      .focus();
    (element.shadowRoot!.activeElement as HTMLElement).click();
    await settled();
    expect(element.organization).to.equal(null);
    expect(page(element).input('email').value).to.equal('');
    expect(page(element).focused()).to.equal('email');
    expect(world.proxy.reads.at(-1)!.headers.get('idempotency-key')).not.to.equal(before);
  });

  it('keeps partner content in its slots', async () => {
    const element = await mount();
    element.innerHTML = '<p slot="terms">Terms</p><p slot="next-steps">Next</p><h2 slot="heading">Mine</h2>';
    const slotted = (name: string) =>
      element.shadowRoot!.querySelector<HTMLSlotElement>(`slot[name=${name}]`)?.assignedElements().length;
    expect([slotted('terms'), slotted('heading'), slotted('description')]).to.deep.equal([1, 1, 0]);
    await page(element).signUp();
    expect(slotted('next-steps')).to.equal(1);
    expect(page(element).input('key')).to.exist;
  });

  it('gives code to paste with the key in its place', async () => {
    const element = await mount();
    await page(element).signUp();
    expect(tabs(element).map((tab) => tab.textContent.trim())).to.deep.equal(['JavaScript', 'React', 'Node']);
    expect(code(element)).to.contain("accessToken: 'ck_test_1'").and.to.contain("environment: 'sandbox'");
    expect(code(element)).not.to.match(/\{\w+\}/);
    expect(page(element).find('#panel a')!.getAttribute('href')).to.equal(SNIPPETS[0]!.docs);
  });

  it('has tabs that the arrow keys walk round', async () => {
    const element = await mount();
    await page(element).signUp();
    (tabs(element)[0] as HTMLElement).focus();
    const seen: string[] = [];
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) {
      await sendKeys({ press: key });
      await settled();
      seen.push(element.shadowRoot!.activeElement!.textContent.trim());
      expect(page(element).find('#panel')!.getAttribute('aria-label')).to.equal(seen.at(-1));
      expect(tabs(element).filter((tab) => tab.getAttribute('tabindex') === '0')).to.have.lengthOf(1);
    }
    expect(seen).to.deep.equal(['React', 'Node', 'JavaScript', 'Node']);
    expect(code(element)).to.contain('process.env.KELVIQ_SERVER_API_KEY');
  });

  it('leaves Home and End, which scroll the page, to the page', async () => {
    const element = await mount();
    await page(element).signUp();
    (tabs(element)[1] as HTMLElement).focus();
    for (const key of ['End', 'Home']) {
      await sendKeys({ press: key });
      await settled();
      expect(tabs(element).indexOf(element.shadowRoot!.activeElement!)).to.equal(1);
      expect(page(element).find('#panel')!.getAttribute('aria-label')).to.equal('JavaScript');
    }
  });

  it('walks the other way from right to left', async () => {
    world.proxy.others = (path) => (path.endsWith('/ar.json') ? json(200, {}) : undefined);
    const element = await mount({ locale: 'ar' });
    await page(element).signUp();
    (tabs(element)[0] as HTMLElement).focus();
    await sendKeys({ press: 'ArrowLeft' });
    await settled();
    expect(element.shadowRoot!.activeElement!.textContent.trim()).to.equal('React');
  });

  it('copies code, and only its own button says so', async () => {
    const element = await mount();
    await page(element).signUp();
    let copied = '';
    navigator.clipboard.writeText = (text) => ((copied = text), Promise.resolve());
    try {
      const [keyButton, codeButton] = [...element.shadowRoot!.querySelectorAll<HTMLElement>('[part=copy]')];
      codeButton!.click();
      await settled();
      expect(copied).to.equal(code(element));
      expect([keyButton, codeButton].map((button) => button!.textContent.trim())).to.deep.equal([
        'Copy',
        'Copied',
      ]);
    } finally {
      Reflect.deleteProperty(navigator.clipboard, 'writeText');
    }
  });

  it('does without code to paste where it cannot be had', async () => {
    const { snippets } = KelviqOnboarding;
    KelviqOnboarding.snippets = () => Promise.reject(new TypeError());
    try {
      const element = await mount();
      await page(element).signUp();
      expect(tabs(element)).to.be.empty;
      expect(page(element).text()).to.contain('Add Kelviq to your site.');
    } finally {
      KelviqOnboarding.snippets = snippets;
    }
  });

  it('shows a key of markup as text', async () => {
    const clientKey = '<img src=x onerror=alert(1)>';
    world.proxy.posts = [json(201, { ...organization, clientKey })];
    const element = await mount();
    await page(element).signUp();
    expect(code(element)).to.contain(clientKey);
    expect(page(element).find('img')).to.equal(null);
  });
});
