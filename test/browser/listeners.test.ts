import { expect } from '@open-wc/testing';
import type { KelviqOnboarding } from '../../widget/index.ts';
import { json, mount, organization, page, record, session, setUp } from './scripted.ts';

/** A page that starts again as soon as it hears what `isMeant`. */
function resetOn(
  element: KelviqOnboarding,
  type: string,
  isMeant: (detail: unknown) => boolean = () => true,
) {
  const listener = ({ detail }: Event & { detail?: unknown }) => {
    if (!isMeant(detail)) return;
    element.removeEventListener(type, listener);
    element.reset();
  };
  element.addEventListener(type, listener);
}

describe('a listener that calls reset()', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  it('has an empty form after kelviq-success', async () => {
    const element = await mount();
    const events = record(element);
    resetOn(element, 'kelviq-success');
    await page(element).signUp();
    await world.clock.advance(10_000);
    expect(element.state).to.equal('ready');
    expect(element.organization).to.equal(null);
    expect(page(element).input('email').value).to.equal('');
    expect(events.slice(-4)).to.deep.equal([
      ['success', { organization, created: true }],
      ['state-change', { state: 'loading' }],
      ['state-change', { state: 'ready' }],
      ['ready', null],
    ]);
    const keys = world.proxy.reads.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).to.have.lengthOf(2);
    expect(keys[0]).not.to.equal(keys[1]);
  });

  it('sees nobody’s organization again after kelviq-delivered', async () => {
    const element = await mount();
    await page(element).signUp();
    resetOn(element, 'kelviq-delivered');
    const delivered = { ...organization, delivery: 'delivered' as const };
    world.proxy.session = { ...session, organization: delivered };
    element.addEventListener('kelviq-delivered', () => (world.proxy.session = session));
    const states: unknown[] = [];
    element.addEventListener('kelviq-state-change', ({ detail }) => states.push(detail.state));
    await world.clock.advance(10_000);
    expect(states).to.deep.equal(['loading', 'ready']);
    expect(element.organization).to.equal(null);
  });

  it('takes back what was not sent yet', async () => {
    world.proxy.posts = [json(201, organization)];
    const element = await mount();
    resetOn(element, 'kelviq-state-change', (detail) => (detail as { state: string }).state === 'submitting');
    await page(element).signUp();
    await world.clock.advance(10_000);
    expect(world.proxy.signups.length).to.equal(0);
    expect(element.state).to.equal('ready');
  });
});
