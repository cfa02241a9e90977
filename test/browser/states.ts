/** The states of the element that every look at it goes through: contrast, size, tree, translation. */
import type { KelviqOnboarding } from '../../widget/index.ts';
import { json, mount, organization, page, problem, session, type setUp } from './scripted.ts';

/** Every state a customer can meet: how it comes about. Each is shown when the promise is kept. */
export const STATES_SHOWN: Record<string, (world: ReturnType<typeof setUp>) => Promise<KelviqOnboarding>> = {
  ready: () => mount(),
  'a field error': async () => {
    const element = await mount();
    await page(element).signUp('ana@');
    return element;
  },
  'a hint': async () => {
    const element = await mount();
    await page(element).signUp('ana@gmial.com');
    return element;
  },
  'a taken address': async (world) => {
    world.proxy.posts = [problem(409, 'email_taken', [{ pointer: '/email', code: 'taken', detail: '' }])];
    const element = await mount();
    await page(element).signUp();
    return element;
  },
  submitting: async (world) => {
    world.proxy.posts = ['silent'];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(5000);
    return element;
  },
  failed: async (world) => {
    world.proxy.posts = [problem(429, 'rate_limited', undefined, { 'retry-after': '600' })];
    const element = await mount({ supportUrl: 'https://acme.example/help' });
    await page(element).signUp();
    return element;
  },
  success: async () => {
    const element = await mount({ supportUrl: 'https://acme.example/help' });
    await page(element).signUp('ana@example.com');
    return element;
  },
  checking: async (world) => {
    world.proxy.session = { ...session, challenge: 'required' };
    const parameters = { nonce: '00', salt: '00', cost: 1, keyLength: 32, keyPrefix: 'x' };
    world.proxy.others = () => json(200, { parameters, signature: 'x' });
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(600);
    return element;
  },
  'success, delivered': (world) => {
    world.proxy.session = { ...session, organization: { ...organization, delivery: 'delivered' } };
    return mount();
  },
  'success, without a key': (world) => {
    world.proxy.session = { ...session, organization: { ...organization, clientKey: null } };
    return mount();
  },
};
