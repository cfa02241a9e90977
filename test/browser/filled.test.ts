import { expect } from '@open-wc/testing';
import type { KelviqOnboarding } from '../../widget/kelviq-onboarding.ts';
import { ENDPOINT, mount, page, session, setUp, settled } from './scripted.ts';

const tokenFor = (sub: string) => `e30.${btoa(JSON.stringify({ sub }))}.signature`;

const send = (event: Event) => (event.target as KelviqOnboarding).requestSubmit();

describe('what fills the fields', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  const sent = () => world.proxy.signups.map(({ body }) => body);

  it('may be set by the page and sent in one go', async () => {
    const element = await mount();
    Object.assign(element, { email: 'ana@example.com', businessName: 'Acme' });
    element.requestSubmit();
    await settled();
    expect(sent()).to.deep.equal([{ email: 'ana@example.com', businessName: 'Acme' }]);
    expect(element.state).to.equal('success');
  });

  it('may be sent before there is a form', async () => {
    const element = document.createElement('kelviq-onboarding');
    Object.assign(element, { endpoint: ENDPOINT, email: 'ana@example.com' });
    document.body.append(element);
    element.requestSubmit();
    await settled();
    await world.clock.advance(1000);
    expect(sent()).to.deep.equal([{ email: 'ana@example.com' }]);
    element.remove();
  });

  it('may be stated by a session and sent when it is ready', async () => {
    world.proxy.session = { ...session, email: 'ana@example.com' };
    document.addEventListener('kelviq-ready', send, { once: true });
    await mount({ sessionToken: tokenFor('acme') });
    expect(sent()).to.deep.equal([{ email: 'ana@example.com' }]);
  });

  it('stays when a password manager put it in silently', async () => {
    const held = world.hold((path) => path.endsWith('/v1/session'));
    const element = await mount();
    page(element).input('email').value = 'ana@example.com';
    held.letGo();
    await settled();
    await settled();
    expect(element.state).to.equal('ready');
    expect(page(element).input('email').value).to.equal('ana@example.com');
    element.partnerName = 'Acme Inc.';
    await settled();
    expect(page(element).input('email').value).to.equal('ana@example.com');
  });

  it('is nobody’s edit when the input drops its spaces', async () => {
    const element = await mount({ email: ' former@example.com\n' });
    element.partnerName = 'Acme Inc.';
    await settled();
    element.email = 'ana@example.com';
    await settled();
    expect(page(element).input('email').value).to.equal('ana@example.com');
  });

  it('names the address of the session, whatever was typed before', async () => {
    world.proxy.session = { ...session, email: 'ana@example.com' };
    const held = world.hold((path) => path.endsWith('/v1/session'));
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).signUp('typed@example.com');
    held.letGo();
    await settled();
    await settled();
    expect(element.state).to.equal('success');
    expect(page(element).text()).to.contain('we emailed a link to ana@example.com');
  });
});
