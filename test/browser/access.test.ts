import { expect } from '@open-wc/testing';
import { sendKeys, setViewport } from '@web/test-runner-commands';
import type { KelviqOnboarding } from '../../widget/index.ts';
import { emulate, itWithMedia, itWithViewport } from './engine.ts';
import { STATES_SHOWN } from './states.ts';
import { json, mount, organization, page, problem, session, setUp, settled, when } from './scripted.ts';

const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const ignoredRules: string[] = [];

const finished = (element: KelviqOnboarding) =>
  Promise.all(
    element
      .shadowRoot!.getAnimations()
      .filter(({ effect }) => effect!.getTiming().iterations === 1)
      .map((animation) => animation.finished),
  );

const moving = (element: KelviqOnboarding) => element.shadowRoot!.getAnimations().length;

/** What the live region says, as it changes. */
const listen = (element: KelviqOnboarding): string[] => {
  const region = page(element).find('[role=status]')!;
  const heard: string[] = [];
  new MutationObserver(() => heard.push(region.textContent.trim())).observe(region, {
    characterData: true,
    childList: true,
    subtree: true,
  });
  return heard;
};

describe('access', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => {
    world = setUp();
    world.proxy.others = (path) => (path.endsWith('/ar.json') ? json(200, {}) : undefined);
  });
  afterEach(async () => {
    world.stop();
    document.documentElement.style.cssText = '';
    document.documentElement.lang = 'en';
    await emulate({ 'forced-colors': 'none' });
  });

  for (const [name, show] of Object.entries(STATES_SHOWN)) {
    for (const lang of ['en', 'ar']) {
      for (const scheme of ['light', 'dark'])
        (lang === 'en' ? it : itWithMedia)(`has no findings: ${name}, ${scheme}, ${lang}`, async () => {
          document.documentElement.style.cssText = `color-scheme: ${scheme}; background: canvas`;
          document.documentElement.lang = lang;
          const element = await show(world);
          await finished(element);
          await when(() => page(element).find('.card')!.lang === lang);
          await expect(element).to.be.accessible({ runOnly, ignoredRules });
        });

      itWithMedia(`has no findings: ${name}, forced colours, ${lang}`, async () => {
        await emulate({ 'forced-colors': 'active' });
        document.documentElement.lang = lang;
        const element = await show(world);
        await finished(element);
        await expect(element).to.be.accessible({ runOnly, ignoredRules });
      });
    }

    // 320 px is what 1280 px become at a zoom of 400 %.
    itWithViewport(`fits into 320 px: ${name}`, async () => {
      await setViewport({ width: 320, height: 256 });
      const element = await show(world);
      const { scrollWidth } = document.documentElement;
      const wide = [...element.shadowRoot!.querySelectorAll('*')].filter(
        (part) => part.scrollWidth > part.clientWidth + 1 && part.matches('pre, li, p, div'),
      );
      await setViewport({ width: 800, height: 600 });
      expect(scrollWidth).to.be.at.most(320);
      expect(wide).to.be.empty;
    });

    it(`has targets of 24 px: ${name}`, async () => {
      const element = await show(world);
      for (const target of element.shadowRoot!.querySelectorAll('button, input, a')) {
        // A link in a sentence is as high as its line, and may be.
        if (target.matches('[part=error] a')) continue;
        const { width, height } = target.getBoundingClientRect();
        expect(Math.min(width, height), target.outerHTML).to.be.at.least(24);
      }
    });
  }

  it('goes the whole way by keyboard', async () => {
    const element = await mount({ supportUrl: 'https://acme.example/help' });
    const before = document.createElement('button');
    element.before(before);
    before.focus();
    const { focused } = page(element);
    const seen: (string | undefined)[] = [];
    const press = async (key: string) => {
      await sendKeys({ press: key });
      await settled();
      seen.push(focused());
    };
    await press('Tab');
    await sendKeys({ type: 'ana@' });
    await press('Enter');
    await sendKeys({ type: 'example.com' });
    await press('Tab');
    await press('Tab');
    await sendKeys({ press: 'Enter' });
    await when(() => element.state === 'success');
    await settled();
    seen.push(focused());
    await press('Tab');
    await press('Tab');
    expect(seen).to.deep.equal(['email', 'email', 'businessName', 'submit', 'heading', 'key', 'copy']);
    before.remove();
  });

  it('never loses the focus', async () => {
    world.proxy.posts = [
      problem(503, 'not_available', undefined, { 'retry-after': '600' }),
      json(201, organization),
    ];
    const element = await mount();
    const places: (string | undefined)[] = [];
    const note = () => places.push(page(element).focused());
    await page(element).signUp();
    note();
    const again = page(element).part('alert')!.querySelector('button')!;
    again.focus();
    again.click();
    await when(() => element.state === 'success');
    await settled();
    note();
    element.reset();
    await settled();
    note();
    expect(places).to.deep.equal(['submit', 'heading', 'email']);
  });

  it('announces each thing once, in order', async () => {
    const element = await mount();
    const heard = listen(element);
    world.proxy.posts = [json(202, { status: 'pending' }, { 'retry-after': '5' }), json(201, organization)];
    await page(element).signUp();
    await world.clock.advance(5000);
    world.proxy.session = { ...session, organization: { ...organization, delivery: 'delivered' } };
    await world.clock.advance(3000);
    expect(heard).to.deep.equal([
      'Creating your account…',
      'Still working. You can stay here.',
      'Your account is ready',
      'Acme has received your secret key.',
    ]);
  });

  it('says what is wrong, where the focus has no way to go', async () => {
    const element = await mount();
    const heard = listen(element);
    world.proxy.posts = [problem(409, 'email_taken', [{ pointer: '/email', code: 'taken', detail: '' }])];
    page(element).input('email').focus();
    await sendKeys({ press: 'Enter' });
    await settled();
    await sendKeys({ type: 'ana@example.com' });
    await sendKeys({ press: 'Enter' });
    await settled();
    await settled();
    expect(heard).to.deep.equal([
      'Enter your email address.',
      'Creating your account…',
      'This email already has a Kelviq account. Yours? Check your inbox or sign in.',
    ]);
  });

  it('says that the account is ready, not only that its key is delivered', async () => {
    world.proxy.session = { ...session, pending: true };
    const element = await mount();
    const heard = listen(element);
    const delivered = { ...organization, delivery: 'delivered' as const };
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(10_000);
    expect(heard).to.deep.equal(['Welcome back. Your account is ready']);
  });

  it('says that the key is there, not only that the other one is delivered', async () => {
    world.proxy.posts = [json(201, { ...organization, clientKey: null })];
    const element = await mount();
    await page(element).signUp();
    const heard = listen(element);
    const delivered = { ...organization, delivery: 'delivered' as const };
    world.proxy.session = { ...session, organization: delivered };
    await world.clock.advance(2000);
    expect(heard).to.deep.equal(['Use your client key where Acme asks for it. It is safe to share.']);
  });

  it('takes back what no longer holds', async () => {
    world.proxy.session = 'unreachable';
    const element = await mount();
    await world.clock.advance(20_000);
    expect(page(element).said()).to.equal('No connection right now. Please try again.');
    world.proxy.session = session;
    element.shadowRoot!.querySelector<HTMLElement>('[part=alert] button')!.click();
    await when(() => element.state === 'ready');
    await settled();
    expect(page(element).said()).to.equal('');
    await page(element).signUp();
    expect(page(element).said()).to.equal('Your account is ready');
    element.reset();
    await when(() => element.state === 'ready');
    await settled();
    expect(page(element).said()).to.equal('');
  });

  it('says once for all tries that it is busy', async () => {
    const element = await mount();
    const heard = listen(element);
    world.proxy.posts = [problem(503, 'not_available', undefined, { 'retry-after': '3' })];
    await page(element).signUp();
    await world.clock.advance(60_000);
    expect(world.proxy.signups.length).to.be.above(15);
    expect(heard.slice(-2)).to.deep.equal([
      'Creating your account…',
      'It is busy right now. We keep trying…',
    ]);
  });

  itWithMedia('moves gently, and not at all where less motion is asked for', async () => {
    world.proxy.posts = ['silent'];
    const element = await mount();
    await page(element).signUp();
    expect(moving(element)).to.be.above(0);
    await emulate({ 'prefers-reduced-motion': 'reduce' });
    expect(moving(element)).to.equal(0);
    await emulate({ 'prefers-reduced-motion': 'no-preference' });
  });
});
