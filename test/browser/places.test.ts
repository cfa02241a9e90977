import { expect } from '@open-wc/testing';
import { KelviqOnboarding } from '../../widget/index.ts';
import {
  ENDPOINT,
  json,
  mount,
  organization,
  page,
  record,
  session,
  setUp,
  settled,
  when,
} from './scripted.ts';

const tokenFor = (sub: string) => `e30.${btoa(JSON.stringify({ sub }))}.signature`;

describe('wherever a page puts it', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => {
    world.stop();
    document.documentElement.lang = 'en';
  });

  it('signs up inside a dialog', async () => {
    const dialog = document.createElement('dialog');
    document.body.append(dialog);
    dialog.showModal();
    const element = await mount();
    dialog.append(element);
    await settled();
    element.focus();
    expect(page(element).focused()).to.equal('email');
    await page(element).signUp();
    expect(element.state).to.equal('success');
    expect(page(element).focused()).to.equal('heading');
    expect(dialog.open).to.equal(true);
    dialog.remove();
  });

  it('signs up inside another shadow root, which hears of it', async () => {
    const host = document.body.appendChild(document.createElement('div'));
    const inner = host.attachShadow({ mode: 'closed' }).appendChild(document.createElement('div'));
    const element = await mount();
    inner.append(element);
    const events = record(host);
    await page(element).signUp();
    expect(events.map(([type]) => type)).to.include('success');
    host.remove();
  });

  it('follows a lang that changes on any ancestor', async () => {
    world.proxy.others = (path) =>
      path.endsWith('.json') ? json(200, { submit: path.slice(-7, -5) }) : undefined;
    const outer = document.body.appendChild(document.createElement('section'));
    const host = outer.appendChild(document.createElement('div'));
    const element = await mount();
    host.attachShadow({ mode: 'open' }).append(element);
    const submit = () => page(element).part('submit')!.textContent.trim();
    outer.lang = 'fr';
    await when(() => submit() === 'fr');
    expect(page(element).find('.card')!.lang).to.equal('fr');
    host.lang = 'he';
    await when(() => submit() === 'he');
    expect(page(element).find('.card')!.dir).to.equal('rtl');
    host.removeAttribute('lang');
    await when(() => submit() === 'fr');
    outer.remove();
  });

  it('follows the lang of the place that it is moved to', async () => {
    world.proxy.others = (path) => (path.endsWith('/it.json') ? json(200, { submit: 'Crea' }) : undefined);
    const there = document.body.appendChild(document.createElement('div'));
    there.lang = 'it';
    const element = await mount();
    there.append(element);
    await when(() => page(element).part('submit')!.textContent.trim() === 'Crea');
    there.remove();
  });

  it('says in the new language what it says', async () => {
    world.proxy.posts = ['silent'];
    world.proxy.others = (path) =>
      path.endsWith('/de.json') ? json(200, { submitting: 'Wird angelegt' }) : undefined;
    const element = await mount();
    await page(element).signUp();
    document.documentElement.lang = 'de';
    await when(() => page(element).part('submit')!.textContent.trim() === 'Wird angelegt');
    expect(element.state).to.equal('submitting');
  });

  it('takes a token that comes late, without the session before it', async () => {
    const element = await mount({ fetchSessionToken: () => new Promise(() => {}) });
    expect(world.proxy.reads).to.be.empty;
    await page(element).type('email', 'ana@example.com');
    element.fetchSessionToken = null;
    element.sessionToken = tokenFor('customer-1');
    await settled();
    expect(element.state).to.equal('ready');
    expect(page(element).input('email').value).to.equal('ana@example.com');
  });

  it('is upgraded with what was set and typed before the script', async () => {
    const early = document.createElement('kelviq-late') as KelviqOnboarding;
    Object.assign(early, { endpoint: ENDPOINT, partnerName: 'Early', email: 'early@example.com' });
    early.setAttribute('heading-level', '4');
    document.body.append(early);
    customElements.define('kelviq-late', class extends KelviqOnboarding {});
    await settled();
    expect(page(early).input('email').value).to.equal('early@example.com');
    expect(page(early).part('heading')!.getAttribute('aria-level')).to.equal('4');
    expect(page(early).text()).to.contain('on Early.');
    early.remove();
  });

  it('goes on where the page froze it', async () => {
    world.proxy.posts = ['unreachable', json(201, organization)];
    const element = await mount();
    await page(element).signUp();
    // What the back/forward cache does: the requests of the page fail, and time goes on when it is back.
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    await world.clock.advance(3_600_000);
    expect(element.state).to.equal('success');
    expect(world.proxy.signups).to.have.lengthOf(2);
  });

  it('tells two widgets of one customer the same', async () => {
    const [first, second] = [await mount(), await mount()];
    await page(first).signUp();
    second.remove();
    await settled();
    world.proxy.session = { ...session, organization };
    document.body.append(second);
    await settled();
    expect(second.organization).to.deep.equal(organization);
    second.remove();
  });
});
