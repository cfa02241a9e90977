import { expect } from '@open-wc/testing';
import type { KelviqOnboarding } from '../../widget/index.ts';
import { writeDraft, readDraft } from '../../widget/draft.ts';
import { ports } from '../../widget/ports.ts';
import {
  CUT,
  ENDPOINT,
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

const pending = () => json(202, { status: 'pending' }, { 'retry-after': '1' });
const identityOf = (seen: { headers: Headers }) => seen.headers.get('idempotency-key');

const shown = (element: KelviqOnboarding) => page(element).find('form .foot')!.textContent.trim();

describe('waiting and asking again', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  it('asks again after 202 with the same identity and body', async () => {
    world.proxy.posts = [pending(), pending(), json(200, organization)];
    const element = await mount();
    const events = record(element);
    await page(element).signUp('ana@example.com', 'Acme');
    expect(element.state).to.equal('submitting');
    await world.clock.advance(2000);
    expect(element.state).to.equal('success');
    const [first, ...rest] = world.proxy.signups;
    expect(rest).to.have.lengthOf(2);
    for (const again of rest) {
      expect(identityOf(again)).to.equal(identityOf(first!));
      expect(again.body).to.deep.equal(first!.body);
    }
    expect(events.filter(([type]) => type === 'submit')).to.have.lengthOf(1);
    expect(events.filter(([type]) => type === 'error')).to.be.empty;
  });

  it('says "still working" once, after four seconds', async () => {
    world.proxy.posts = [pending()];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(3900);
    expect(shown(element)).to.equal('');
    await world.clock.advance(200);
    expect(shown(element)).to.equal('Still working. You can stay here.');
    expect(page(element).said()).to.equal('Still working. You can stay here.');
  });

  it('goes on saying that there is no connection', async () => {
    world.proxy.posts = ['unreachable'];
    const element = await mount();
    await page(element).signUp();
    for (let seconds = 0; seconds < 100; seconds++) {
      expect(shown(element)).to.equal('No connection right now. We keep trying…');
      await world.clock.advance(1000);
    }
  });

  for (const [what, reply, words] of [
    ['no answer', 'unreachable', 'No connection right now'],
    ['503', problem(503, 'not_available', undefined, { 'retry-after': '2' }), 'It is busy right now'],
    ['a short 429', problem(429, 'rate_limited', undefined, { 'retry-after': '30' }), 'It is busy right now'],
    ['500', problem(500, 'internal_error'), 'It is busy right now'],
    ['a page in place of JSON, 502', json(502, '<h1>Bad gateway</h1>'), 'It is busy right now'],
    ['an answer that breaks off', json(201, CUT), 'No connection right now'],
    ['a refusal that breaks off', json(409, CUT), 'No connection right now'],
  ] as const)
    it(`gets over ${what} by itself, and says so`, async () => {
      world.proxy.posts = [reply, json(201, organization)];
      const element = await mount();
      const events = record(element);
      await page(element).signUp();
      expect(shown(element)).to.contain(words);
      await world.clock.advance(30_000);
      expect(element.state).to.equal('success');
      expect(new Set(world.proxy.signups.map(identityOf)).size).to.equal(1);
      expect(events.filter(([type]) => type === 'error')).to.be.empty;
    });

  it('honours Retry-After', async () => {
    world.proxy.posts = [
      problem(503, 'overloaded', undefined, { 'retry-after': '7' }),
      json(201, organization),
    ];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(20_000);
    const [first, second] = world.proxy.signups;
    expect(second!.at - first!.at).to.equal(7000);
  });

  it('backs off where the proxy says nothing', async () => {
    world.proxy.posts = ['unreachable'];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(32_000);
    const times = world.proxy.signups.map(({ at }) => at);
    expect(times.slice(1).map((at, index) => at - times[index]!)).to.deep.equal([
      1000, 2000, 4000, 8000, 8000, 8000,
    ]);
  });

  it('says at once when a limit is longer than its patience', async () => {
    world.proxy.posts = [problem(429, 'rate_limited', undefined, { 'retry-after': '600' })];
    const element = await mount();
    const events = record(element);
    await page(element).signUp();
    expect(element.state).to.equal('failed');
    expect(page(element).part('alert')!.textContent).to.contain('try again in 10 minutes');
    expect(events.at(-1)).to.deep.equal([
      'error',
      { code: 'rate_limited', status: 429, retryable: true, requestId: 'req_1' },
    ]);
    expect(world.proxy.signups).to.have.lengthOf(1);
  });

  it('stops after two minutes with a way on and a reference', async () => {
    world.proxy.posts = [pending()];
    const element = await mount();
    const events = record(element);
    await page(element).signUp();
    await world.clock.advance(121_000);
    await when(() => element.state === 'failed');
    expect(element.state).to.equal('failed');
    expect(events.filter(([type]) => type === 'error')).to.deep.equal([
      ['error', { code: 'timed_out', status: null, retryable: true, requestId: null }],
    ]);
    const alert = page(element).part('alert')!;
    expect(alert.querySelector('bdi')!.textContent).to.match(/^ks_[\w-]{22}$/);
    expect(page(element).said()).to.contain('takes too long');
    const before = world.proxy.signups.length;
    await world.clock.advance(60_000);
    expect(world.proxy.signups).to.have.lengthOf(before);

    world.proxy.posts = [json(200, organization)];
    alert.querySelector('button')!.click();
    await settled();
    expect(element.state).to.equal('success');
    expect(new Set(world.proxy.signups.map(identityOf)).size).to.equal(1);
  });

  it('gives the last requestId as the reference', async () => {
    world.proxy.posts = [problem(503, 'not_available'), pending()];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(125_000);
    await when(() => element.state === 'failed');
    expect(element.error).to.deep.equal({
      code: 'timed_out',
      status: null,
      retryable: true,
      requestId: 'req_1',
    });
    expect(page(element).part('alert')!.textContent).to.contain('req_1');
  });

  it('does not ask again after a refusal', async () => {
    world.proxy.posts = [problem(403, 'origin_not_allowed')];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(60_000);
    expect(world.proxy.signups).to.have.lengthOf(1);
    expect(element.error?.retryable).to.equal(false);
    expect(readDraft(ENDPOINT).sent).to.equal(undefined);
  });

  it('follows a signup from before a reload', async () => {
    world.proxy.session = { ...session, pending: true };
    const element = await mount();
    expect(element.state).to.equal('submitting');
    expect(page(element).said()).to.equal('Creating your account…');
    world.proxy.session = { ...session, organization };
    await world.clock.advance(1000);
    expect(element.state).to.equal('success');
    expect(world.proxy.signups).to.be.empty;
  });

  it('shows what to do where a signup from before a reload came to nothing', async () => {
    world.proxy.session = { ...session, pending: true };
    const element = await mount();
    world.proxy.session = session;
    await world.clock.advance(1000);
    expect(element.state).to.equal('ready');
    expect(shown(element)).to.equal('Try again');
    expect(page(element).said()).to.equal('Try again');
  });

  it('sends again what was sent before a reload, after ten seconds', async () => {
    writeDraft(ENDPOINT, { sent: { email: 'ana@example.com', businessName: null } });
    world.proxy.session = { ...session, pending: true };
    const element = await mount();
    await world.clock.advance(9000);
    expect(world.proxy.signups).to.be.empty;
    await world.clock.advance(8000);
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@example.com' });
    expect(identityOf(world.proxy.signups[0]!)).to.equal(identityOf(world.proxy.reads[0]!));
    expect(element.state).to.equal('success');
    expect(page(element).text()).to.contain('ana@example.com');
  });

  it('keeps asking about a reload that it cannot send again', async () => {
    world.proxy.session = { ...session, pending: true };
    const element = await mount();
    await world.clock.advance(125_000);
    await settled();
    expect(world.proxy.signups).to.be.empty;
    expect(element.error?.code).to.equal('timed_out');
  });

  it('never drops a key whose outcome is unknown', async () => {
    world.proxy.posts = [pending()];
    const element = await mount();
    await page(element).signUp();
    const { key } = readDraft(ENDPOINT);
    element.reset();
    await settled();
    expect(readDraft(ENDPOINT).key).to.equal(key);
    expect(element.state).to.equal('submitting');
  });

  it('stops with the element, and resumes with it', async () => {
    world.proxy.posts = [pending()];
    const element = await mount();
    await page(element).signUp();
    const { parentNode } = element;
    element.remove();
    await settled();
    const before = world.proxy.seen.length;
    await world.clock.advance(30_000);
    expect(world.proxy.seen).to.have.lengthOf(before);
    world.proxy.session = { ...session, organization };
    parentNode!.append(element);
    await settled();
    expect(element.state).to.equal('success');
  });

  for (const [outcome, now, state] of [
    ['there', { organization }, 'success'],
    ['in hand', { pending: true }, 'submitting'],
  ] as const)
    it(`finds a signup ${outcome} when it comes back after a failure`, async () => {
      world.proxy.posts = [problem(503, 'not_available', undefined, { 'retry-after': '600' })];
      const element = await mount();
      await page(element).signUp();
      expect(element.state).to.equal('failed');
      const { parentNode } = element;
      element.remove();
      await settled();
      world.proxy.session = { ...session, ...now };
      parentNode!.append(element);
      await settled();
      expect(element.state).to.equal(state);
      expect(element.error).to.equal(null);
    });

  it('moves in the DOM without interruption', async () => {
    world.proxy.posts = [pending(), json(201, organization)];
    const element = await mount();
    await page(element).signUp();
    const reads = world.proxy.reads.length;
    element.parentNode!.append(element);
    await world.clock.advance(1000);
    expect(element.state).to.equal('success');
    expect(world.proxy.reads).to.have.lengthOf(reads);
  });
});

describe('the widget’s clock', () => {
  it('is not set forward with the machine’s', () => {
    const { now } = Date;
    const before = ports.clock.now();
    Date.now = () => now() + 3_600_000;
    try {
      expect(ports.clock.now() - before).to.be.lessThan(60_000);
    } finally {
      Date.now = now;
    }
  });
});
