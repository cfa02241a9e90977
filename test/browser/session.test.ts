import { expect } from '@open-wc/testing';
import { fixFor } from '../../widget/debug/fixes.ts';
import { ports } from '../../widget/ports.ts';
import {
  CUT,
  json,
  mount,
  organization,
  page,
  problem,
  record,
  session,
  setUp,
  settled,
  when,
} from './scripted.ts';

const tokenFor = (sub: string, serial = 1) => `e30.${btoa(JSON.stringify({ sub, serial }))}.signature`;
const failing = () => Promise.reject(new TypeError('a mistake of the page'));
const expired = () => problem(401, 'session_expired');

describe('the session token', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  const bearers = () =>
    world.proxy.seen.map(({ headers }) => headers.get('authorization')?.slice(7)).filter((token) => token);

  it('goes along as a bearer, without an idempotency key', async () => {
    world.proxy.posts = [json(201, { ...organization, externalId: 'acme' })];
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).signUp();
    for (const { headers } of [...world.proxy.reads, ...world.proxy.signups]) {
      expect(headers.get('authorization')).to.equal(`Bearer ${tokenFor('acme')}`);
      expect(headers.has('idempotency-key')).to.equal(false);
    }
    expect(page(element).text()).not.to.contain('Not you?');
  });

  it('comes from fetchSessionToken', async () => {
    await mount({ fetchSessionToken: () => Promise.resolve(tokenFor('acme')) });
    expect(bearers()).to.deep.equal([tokenFor('acme')]);
  });

  it('is waited for no longer than an outcome', async () => {
    const element = await mount({ fetchSessionToken: () => new Promise(() => {}) });
    await page(element).signUp();
    await world.clock.advance(1000);
    expect(element.state).to.equal('submitting');
    await world.clock.advance(120_000);
    expect(element.state).to.equal('failed');
    expect(page(element).part('alert')!.textContent).to.contain('Sign in to Acme, then reload this page.');
    expect(page(element).input('email').value).to.equal('ana@example.com');
  });

  it('is the latest function’s, whichever answers last', async () => {
    const late = world.clock.sleep(5000).then(() => tokenFor('before'));
    const element = await mount({ fetchSessionToken: () => late });
    element.fetchSessionToken = () => Promise.resolve(tokenFor('acme'));
    await settled();
    expect(element.state).to.equal('ready');
    await world.clock.advance(5000);
    await page(element).signUp();
    expect(bearers()).to.deep.equal(bearers().map(() => tokenFor('acme')));
    expect(element.state).to.equal('success');
  });

  it('is asked for once, however often it is waited for', async () => {
    let asked = 0;
    const late = world.clock.sleep(5000).then(() => tokenFor('acme'));
    const element = await mount({ fetchSessionToken: () => (asked++, late) });
    await page(element).signUp();
    await world.clock.advance(5000);
    expect(element.state).to.equal('success');
    expect(asked).to.equal(1);
  });

  for (const [what, outcome] of [
    ['is empty', () => ''],
    ['fails', failing],
  ] as const) {
    it(`is not asked for again where the one before ${what} late`, async () => {
      let asked = 0;
      const late = world.clock.sleep(5000).then(outcome);
      const element = await mount({ fetchSessionToken: () => late });
      element.fetchSessionToken = () => Promise.resolve(tokenFor('acme', ++asked));
      await world.clock.advance(5000);
      await page(element).signUp();
      expect(element.state).to.equal('success');
      expect(asked).to.equal(1);
    });
  }

  it('is asked for again where it came empty', async () => {
    const tokens = [tokenFor('acme'), ''];
    const element = await mount({ fetchSessionToken: () => Promise.resolve(tokens.pop()!) });
    expect(element.error?.code).to.equal('session_required');
    await page(element).signUp();
    expect(element.state).to.equal('success');
  });

  it('may take the page longer than a request may take', async () => {
    const { timeout } = AbortSignal;
    AbortSignal.timeout = (ms) => {
      const over = new AbortController();
      void world.clock.sleep(ms).then(() => over.abort());
      return over.signal;
    };
    try {
      const late = world.clock.sleep(100_000).then(() => tokenFor('acme'));
      const element = await mount({ fetchSessionToken: () => late });
      await world.clock.advance(100_000);
      expect(bearers()).to.deep.equal([tokenFor('acme')]);
      expect(element.state).to.equal('ready');
    } finally {
      AbortSignal.timeout = timeout;
    }
  });

  it('is named by the debug script where fetchSessionToken rejects', async () => {
    const element = await mount({ fetchSessionToken: failing });
    await world.clock.advance(15_000);
    const { code } = element.error!;
    const fix = fixFor({
      code,
      endpoint: element.endpoint,
      sessionUrl: '/unused',
      fetchSessionToken: failing,
    });
    expect(fix).to.contain('does fetchSessionToken throw or reject?').and.not.to.contain('/unused');
  });

  it('comes from session-url, same-origin, with credentials', async () => {
    world.proxy.others = (path) =>
      path === '/kelviq-session' ? json(200, { token: tokenFor('acme') }) : undefined;
    await mount({ sessionUrl: '/kelviq-session' });
    const [asked] = world.proxy.seen;
    expect(asked).to.include({ method: 'POST', path: '/kelviq-session' });
    const { mode, credentials } = new Request(location.href, asked!.init);
    expect([mode, credentials]).to.deep.equal(['same-origin', 'same-origin']);
    expect(bearers()).to.deep.equal([tokenFor('acme')]);
  });

  it('is for the page to get where the proxy’s place leads to a page to sign in', async () => {
    const { fetch } = ports;
    ports.fetch = async (...request) =>
      Object.defineProperty(await fetch(...request), 'redirected', { value: true });
    world.proxy.session = json(200, '<!doctype html><title>Sign in</title>');
    const element = await mount();
    expect(element.error).to.include({ code: 'session_required', status: null });
    expect(page(element).part('alert')!.textContent).to.contain('Sign in to Acme, then reload this page.');
  });

  it('says who has to sign in when session-url refuses', async () => {
    world.proxy.others = () => json(401, {});
    const element = await mount({ sessionUrl: '/kelviq-session' });
    expect(element.error).to.deep.equal({
      code: 'session_required',
      status: null,
      retryable: false,
      requestId: null,
    });
    expect(page(element).part('alert')!.textContent).to.contain('Sign in to Acme');
  });

  for (const [how, answer] of [
    ['fails', json(503, {})],
    ['is asked too often', json(429, {})],
    ['breaks off', json(200, CUT)],
  ] as const)
    it(`gets over a session-url that ${how} for a moment`, async () => {
      let tries = 0;
      world.proxy.others = () => (tries++ ? json(200, { token: tokenFor('acme') }) : answer);
      const element = await mount({ sessionUrl: '/kelviq-session' });
      await world.clock.advance(1000);
      expect(element.state).to.equal('ready');
    });

  it('shows what the session states, read-only', async () => {
    world.proxy.session = { ...session, email: 'owner@acme.example', businessName: 'Acme' };
    const element = await mount({ sessionToken: tokenFor('acme'), email: 'other@example.com' });
    const email = page(element).input('email');
    expect(email.value).to.equal('owner@acme.example');
    expect(email.readOnly).to.equal(true);
    await page(element).press('submit');
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'owner@acme.example', businessName: 'Acme' });
  });

  it('is renewed once when it has expired, and nothing is lost', async () => {
    let serial = 0;
    const element = await mount({ fetchSessionToken: () => Promise.resolve(tokenFor('acme', ++serial)) });
    const events = record(element);
    world.proxy.posts = [expired(), json(201, organization)];
    await page(element).signUp('ana@example.com', 'Acme');
    expect(world.proxy.signups.map(({ headers }) => headers.get('authorization'))).to.deep.equal([
      `Bearer ${tokenFor('acme', 1)}`,
      `Bearer ${tokenFor('acme', 2)}`,
    ]);
    expect(world.proxy.signups[1]!.body).to.deep.equal({ email: 'ana@example.com', businessName: 'Acme' });
    expect(events.filter(([type]) => type === 'error')).to.be.empty;
    expect(element.state).to.equal('success');
  });

  it('is not asked for again and again', async () => {
    let asked = 0;
    world.proxy.posts = [expired()];
    const element = await mount({ fetchSessionToken: () => Promise.resolve(tokenFor('acme', ++asked)) });
    await page(element).signUp();
    expect(asked).to.equal(2);
    expect(element.error?.code).to.equal('session_expired');
  });

  it('cannot be renewed when it is all there is', async () => {
    world.proxy.posts = [expired()];
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).signUp();
    expect(world.proxy.signups).to.have.lengthOf(1);
    expect(element.state).to.equal('failed');
    expect(page(element).input('email').value).to.equal('ana@example.com');

    world.proxy.posts = [json(201, organization)];
    element.sessionToken = tokenFor('acme', 2);
    await settled();
    expect(element.state).to.equal('ready');
    await page(element).press('submit');
    expect(element.state).to.equal('success');
  });

  it('keeps what was typed when it comes late', async () => {
    world.proxy.session = 'silent';
    const element = await mount();
    await page(element).type('email', 'ana@example.com');
    world.proxy.session = undefined;
    element.sessionToken = tokenFor('acme');
    await settled();
    expect(element.state).to.equal('ready');
    expect(page(element).input('email').value).to.equal('ana@example.com');
  });

  it('clears everything for another customer', async () => {
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).type('email', 'ana@example.com');
    element.sessionToken = tokenFor('globex');
    await settled();
    await settled();
    expect(page(element).input('email').value).to.equal('');
    expect(bearers().at(-1)).to.equal(tokenFor('globex'));
  });

  it('clears the account of open sign-up, whether it can be read or not', async () => {
    const element = await mount();
    await page(element).signUp();
    world.proxy.session = 'unreachable';
    element.sessionToken = tokenFor('acme');
    await settled();
    expect(element.organization).to.equal(null);
    await world.clock.advance(20_000);
    expect(element.error?.code).to.equal('network_failed');
    expect(page(element).find('[part=alert] button')!.textContent).to.equal('Try again');
  });

  for (const [trouble, fetchSessionToken] of [
    ['gives no token', async () => ''],
    ['fails', async () => Promise.reject(new Error('Nobody is signed in'))],
  ] as const)
    it(`clears the account of the customer before where the next one’s source ${trouble}`, async () => {
      const element = await mount({ sessionToken: tokenFor('acme') });
      await page(element).signUp();
      expect(element.state).to.equal('success');
      Object.assign(element, { sessionToken: '', fetchSessionToken });
      await world.clock.advance(40_000);
      expect(element.state).to.equal('failed');
      expect(element.organization).to.equal(null);
      expect(page(element).part('alert')).not.to.equal(null);
    });

  it('takes back what it offered the customer before', async () => {
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).signUp('ana@gmial.com');
    expect(page(element).text()).to.contain('Did you mean ana@gmail.com?');
    element.sessionToken = tokenFor('globex');
    await settled();
    await settled();
    expect(page(element).text()).not.to.contain('ana@gmail.com');
  });

  for (const [outcome, answer] of [
    ['a refusal', problem(409, 'email_taken', [{ pointer: '/email', code: 'taken', detail: '' }])],
    ['a failure', problem(403, 'origin_not_allowed')],
    ['success', json(201, { ...organization, delivery: 'delivered' })],
  ] as const) {
    it(`makes way for another customer’s after ${outcome}`, async () => {
      world.proxy.session = { ...session, email: 'owner@acme.example' };
      world.proxy.posts = [answer];
      const element = await mount({ sessionToken: tokenFor('acme') });
      const held = world.hold((path) => path.endsWith('/v1/organizations'));
      await page(element).press('submit');
      element.sessionToken = tokenFor('globex');
      await settled();
      expect(element.state).to.equal('submitting');
      world.proxy.session = session;
      held.letGo();
      await when(() => element.state === 'ready' && bearers().at(-1) === tokenFor('globex'));
      await settled();
      expect(element.organization).to.equal(null);
      const { value, readOnly } = page(element).input('email');
      expect([value, readOnly]).to.deep.equal(['', false]);
    });
  }

  it('keeps a draft from the next customer of the tab', async () => {
    const first = await mount({ sessionToken: tokenFor('acme') });
    await page(first).type('email', 'ana@example.com');
    first.remove();
    const second = await mount({ sessionToken: tokenFor('globex') });
    expect(page(second).input('email').value).to.equal('');
  });

  it('never sends one customer’s form as another', async () => {
    const tokens = [tokenFor('acme'), tokenFor('globex')];
    const element = await mount({
      fetchSessionToken: () => Promise.resolve(tokens.shift() ?? tokenFor('globex')),
    });
    world.proxy.posts = [expired(), json(201, organization)];
    await page(element).signUp();
    await settled();
    expect(world.proxy.signups).to.have.lengthOf(1);
    expect(page(element).input('email').value).to.equal('');
  });

  it('never goes on with open sign-up what it began as a customer', async () => {
    world.proxy.posts = [json(202, { status: 'pending' }, { 'retry-after': '1' })];
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).signUp();
    element.sessionToken = '';
    await world.clock.advance(5000);
    expect(world.proxy.signups).to.have.lengthOf(1);
    expect(element.state).to.equal('ready');
    expect(page(element).input('email').value).to.equal('');
  });

  it('keeps over a reload what was typed before it came', async () => {
    world.proxy.others = () => json(200, { token: tokenFor('acme') });
    const held = world.hold((path) => path === '/token');
    const first = await mount({ sessionUrl: '/token' });
    await page(first).type('businessName', 'Acme Coffee');
    held.letGo();
    await when(() => first.state === 'ready');
    first.remove();
    const second = await mount({ sessionToken: tokenFor('acme') });
    expect(page(second).input('businessName').value).to.equal('Acme Coffee');
  });

  it('does not disturb a signup when its source is set anew', async () => {
    world.proxy.posts = ['silent'];
    const element = await mount({ fetchSessionToken: () => Promise.resolve(tokenFor('acme')) });
    await page(element).signUp();
    element.fetchSessionToken = () => Promise.resolve(tokenFor('acme'));
    await settled();
    expect(element.state).to.equal('submitting');
    expect(world.proxy.signups[0]!.init!.signal!.aborted).to.equal(false);
  });

  it('is ready once, however often its source is set anew', async () => {
    const element = await mount({ fetchSessionToken: () => Promise.resolve(tokenFor('acme')) });
    const events = record(element);
    element.fetchSessionToken = () => Promise.resolve(tokenFor('acme'));
    await settled();
    expect(world.proxy.reads).to.have.lengthOf(2);
    expect(events).to.be.empty;
  });

  it('shows what another tab has done meanwhile', async () => {
    const element = await mount({ sessionToken: tokenFor('acme') });
    world.proxy.session = { ...session, organization };
    element.sessionToken = tokenFor('acme', 2);
    await settled();
    expect(element.state).to.equal('success');
    expect(element.organization).to.deep.equal(organization);
  });

  it('does not disturb success when it is renewed', async () => {
    const element = await mount({ sessionToken: tokenFor('acme') });
    await page(element).signUp();
    const events = record(element);
    world.proxy.session = { ...session, organization };
    element.sessionToken = tokenFor('acme', 2);
    await settled();
    expect(element.state).to.equal('success');
    expect(events).to.be.empty;
  });
});
