/** Plays a sequence on one element of a page, and says which rule it broke. */
import type { KelviqOnboarding } from '../../widget/kelviq-onboarding.ts';
import type { Action, Customer, Field, Way } from './actions.ts';
import { createChallenges } from './challenges.ts';
import { createProxy, externalIdOf } from './proxy.ts';
import { createRules } from './rules.ts';
import * as stage from './stage.ts';
import * as storage from './storage.ts';
import { addressOf, createTokens } from './tokens.ts';

/** What came of a sequence: the rule that was broken, or none, and all that happened, in words. */
export type Played = { broken: string | null; trace: string[] };

const EVENTS = ['ready', 'submit', 'success', 'delivered', 'error', 'state-change'] as const;
/** So many rounds of good answers bring everybody to an end. */
const ROUNDS = 60;
/** A bit more than the longest pause between two looks at a delivery, and as many as there are in five minutes. */
const LOOK_MS = 31_000;
const LOOKS = 10;

/** A good answer to each request that waits. */
const answers = () => stage.requests().map((): Action => ({ do: 'treat', as: 'answered', newest: false }));

let played = 0;

/** Plays `actions`, on a proxy of their own. */
export async function play(actions: readonly Action[]): Promise<Played> {
  const base = `https://proxy.example/${++played}`;
  let pages = 0;
  const trace: string[] = [];
  const tokens = createTokens();
  const challenges = createChallenges();
  const proxy = createProxy(tokens, challenges);
  const rules = createRules(proxy, challenges);
  let customer: Customer = '';
  let way: Way = 'function';
  let introductions = 0;
  let element!: KelviqOnboarding;
  document.body.innerHTML = '<main lang="en"></main>';
  const main = document.querySelector('main')!;

  stage.begin((request) => {
    const of = request.path === 'token' ? request.url : externalIdOf(request);
    const { challenge, ...body } = request.body ?? {};
    trace.push(`  ${request.path} of ${of} ${JSON.stringify(body)}${challenge ? ', proved' : ''}`);
    rules.requested(request);
  });

  /** Tells the page's element who is there. */
  function introduce(): void {
    const url = customer && addressOf(customer, ++introductions);
    const has = (name: string) => url && way.includes(name);
    element.sessionUrl = has('url') ? url : '';
    element.sessionToken = has('token') ? tokens.issue(customer) : '';
    element.fetchSessionToken = has('function')
      ? async () => ((await (await fetch(url)).json()) as { token: string }).token
      : null;
  }

  function mount(): void {
    element = document.createElement('kelviq-onboarding');
    for (const name of EVENTS)
      element.addEventListener(`kelviq-${name}`, (event) => {
        trace.push(`  ${event.type} ${JSON.stringify(event.detail)}`);
      });
    // Of its own, because nothing that a script remembers is there after a reload.
    element.endpoint = `${base}/${++pages}`;
    introduce();
    rules.mounted(element);
    main.append(element);
  }

  const find = (selector: string): HTMLElement | null =>
    element.shadowRoot?.querySelector<HTMLElement>(selector) ?? null;

  const inputOf = (field: Field) => find(`#${field}`) as HTMLInputElement | null;

  const button = (on: (Action & { do: 'click' })['on']): HTMLElement | null => {
    if (on === 'submit') return find('[part=submit]');
    if (on === 'retry') return find('[part=alert] button');
    if (on === 'hint') return find('[part=field] button');
    return find(on === 'copy' ? '[part=copy]' : '.foot button');
  };

  function type(field: Field, text: string): void {
    const input = inputOf(field);
    if (!input || input.readOnly) return;
    input.focus();
    if (input.value === text) return;
    input.value = text;
    input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    // The browser itself takes spaces from an address.
    rules.typed(field, input.value);
  }

  async function act(action: Action): Promise<void> {
    switch (action.do) {
      case 'open':
        customer = action.as;
        way = action.by;
        storage.emptyStorage(action.hasStorage ? 'works' : 'none');
        rules.introduced(customer);
        return mount();
      case 'type':
        return type(action.field, action.text);
      case 'press Enter': {
        const input = inputOf(action.field);
        if (!input) return;
        input.focus();
        input.dispatchEvent(new Event('change', { bubbles: true }));
        rules.pressed();
        return button('submit')?.click();
      }
      case 'click': {
        const clicked = button(action.on);
        if (!clicked) return;
        clicked.focus();
        if (action.on === 'not you') rules.reset();
        else if (action.on === 'hint') rules.untyped('email', 'ana@gmail.com');
        else rules.pressed();
        return clicked.click();
      }
      case 'reset':
        if (!element.isConnected) return;
        rules.reset();
        return element.reset();
      case 'requestSubmit':
        if (!element.isConnected) return;
        rules.pressed();
        return element.requestSubmit();
      case 'reload':
        // Nothing of a page goes on after it.
        main.append(element);
        element.remove();
        await stage.settle();
        stage
          .requests()
          .filter(({ path }) => path === 'token')
          .forEach(stage.take);
        return mount();
      case 'remove':
        return element.remove();
      case 'insert':
        if (!element.isConnected) main.append(element);
        return;
      case 'change customer':
        // While a signup is being sent, it stays theirs.
        if (element.state === 'submitting' || action.to === customer) return;
        customer = action.to;
        way = action.by;
        rules.introduced(customer);
        return introduce();
      case 'introduce again':
        way = action.by;
        return introduce();
      case 'change language':
        main.lang = action.to;
        return;
      case 'end tokens':
        return tokens.endAll();
      case 'clear storage':
        // The key of an account that is there goes with it: known, and left.
        if (element.state === 'success') return;
        storage.emptyStorage();
        return rules.cleared();
      case 'fill storage':
        return storage.setFull(action.isFull);
      case 'ask for proof':
        return challenges.turn(action.isOn);
      case 'treat': {
        const waiting = stage.requests();
        const request = action.newest ? waiting.at(-1) : waiting[0];
        if (!request) return;
        trace.push(`  to ${request.path}`);
        stage.take(request);
        return (request.path === 'token' ? tokens : proxy).treat(request, action.as);
      }
      case 'provision':
        return proxy.provision();
      case 'deliver':
        return proxy.deliver();
      case 'wait':
        return stage.advance(action.ms);
    }
  }

  /** Does one action, with its consequences; tells whether every rule holds. */
  async function step(action: Action): Promise<boolean> {
    trace.push(`${stage.time()} ms: ${JSON.stringify(action)}`);
    rules.before();
    await act(action);
    await stage.advance(0);
    for (const request of stage.requests().filter(({ isAborted }) => isAborted)) {
      stage.take(request);
      proxy.letGo(request);
    }
    rules.check(action);
    trace.push(`  ${element.state}: "${find('[role=status]')?.textContent.trim()}"`);
    return rules.broken() === null;
  }

  const all = async (steps: readonly Action[]): Promise<boolean> => {
    for (const action of steps) if (!(await step(action))) return false;
    return true;
  };

  /** What a person does who wants an account, as long as there is none. */
  function onward(round: number): Action[] {
    if (stage.requests().length > 0) return [...answers(), { do: 'provision' }];
    if (element.error?.code === 'session_expired') return [{ do: 'reload' }];
    if (element.state === 'submitting' || round % 3 === 1)
      return [{ do: 'wait', ms: round < ROUNDS / 2 ? 2000 : LOOK_MS }];
    if (round % 3 === 2 && button('retry')) return [{ do: 'click', on: 'retry' }];
    return [
      { do: 'type', field: 'email', text: 'ana@example.com' },
      { do: 'click', on: 'submit' },
    ];
  }

  /** From now on all is well: the customer gets the account, and hears of its delivery. */
  async function end(): Promise<void> {
    if (!(await step({ do: 'insert' }))) return;
    for (let round = 0; !rules.isServed(); round++) {
      if (round === ROUNDS) return rules.fail('nobody gets an account any more');
      if (!(await all(onward(round)))) return;
    }
    if (!(await step({ do: 'deliver' }))) return;
    for (let look = 0; look < LOOKS && element.organization?.delivery !== 'delivered'; look++)
      if (!(await all([{ do: 'wait', ms: LOOK_MS }])) || !(await all(answers()))) return;
    if (element.state !== 'success') return rules.fail('the account is gone again');
  }

  if (await all(actions)) await end();
  element.remove();
  await stage.settle();
  return { broken: rules.broken(), trace };
}
