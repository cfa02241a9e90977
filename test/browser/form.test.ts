import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { MOST } from '../../proxy/limits.ts';
import {
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
} from './scripted.ts';

const refuse = () => {
  throw new DOMException('', 'SecurityError');
};

describe('the form', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  it('is usable before any answer', async () => {
    world.proxy.session = 'silent';
    const element = await mount();
    expect(element.state).to.equal('loading');
    await page(element).signUp();
    expect(element.state).to.equal('submitting');
    await world.clock.advance(1000);
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@example.com' });
    expect(element.state).to.equal('success');
  });

  it('sends e-mail and business name, trimmed, and nothing else', async () => {
    const element = await mount();
    await page(element).signUp('ana@example.com', '  Acme Coffee ');
    expect(world.proxy.signups[0]?.body).to.deep.equal({
      email: 'ana@example.com',
      businessName: 'Acme Coffee',
    });
    expect(world.proxy.signups[0]?.headers.get('idempotency-key')).to.match(/^[\w-]{22}$/);
    expect(world.proxy.signups[0]?.headers.has('authorization')).to.equal(false);
  });

  it('says before submitting that a mail will come', async () => {
    expect(page(await mount()).text()).to.contain('Kelviq will email you a link');
  });

  it('focuses the first wrong field and describes it', async () => {
    const element = await mount();
    const { part, input, focused } = page(element);
    await page(element).signUp('ana@');
    const error = part('error')!;
    expect(error.textContent).to.contain('whole email address');
    expect(input('email').getAttribute('aria-describedby')).to.contain(error.id);
    expect(input('email').getAttribute('aria-invalid')).to.equal('true');
    expect(part('field-invalid')).to.exist;
    expect(focused()).to.equal('email');
    expect(world.proxy.signups).to.be.empty;
  });

  it('clears the error as the person corrects', async () => {
    const element = await mount();
    await page(element).signUp('');
    expect(page(element).part('error')!.textContent).to.contain('Enter your email address');
    await page(element).type('email', 'ana@example.com');
    expect(page(element).part('error')).to.equal(null);
  });

  it('sends once for a double click', async () => {
    world.proxy.posts = ['silent'];
    const element = await mount();
    const events = record(element);
    await page(element).type('email', 'ana@example.com');
    const button = page(element).part('submit')!;
    button.click();
    button.click();
    await settled();
    expect(world.proxy.signups).to.have.lengthOf(1);
    expect(events.filter(([type]) => type === 'submit')).to.have.lengthOf(1);
  });

  it('submits with Enter', async () => {
    const element = await mount();
    page(element).input('email').focus();
    await sendKeys({ type: 'ana@example.com' });
    await sendKeys({ press: 'Enter' });
    await settled();
    expect(world.proxy.signups).to.have.lengthOf(1);
  });

  it('takes values that a password manager put in silently', async () => {
    const element = await mount();
    page(element).input('email').value = 'ana@example.com';
    await page(element).press('submit');
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@example.com' });
  });

  it('sends nothing when kelviq-submit is cancelled', async () => {
    const element = await mount();
    element.addEventListener('kelviq-submit', (event) => event.preventDefault());
    await page(element).signUp();
    expect(world.proxy.signups).to.be.empty;
    expect(element.state).to.equal('ready');
  });

  it('offers the meant domain once, and never insists', async () => {
    const element = await mount();
    await page(element).signUp('ana@gmial.com');
    expect(page(element).text()).to.contain('Did you mean ana@gmail.com?');
    expect(page(element).said()).to.equal('Did you mean ana@gmail.com?');
    expect(world.proxy.signups).to.be.empty;
    await page(element).press('submit');
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@gmial.com' });
    expect(page(element).text()).to.contain('we emailed a link to ana@gmial.com');
  });

  it('offers it to who sends with Enter, too', async () => {
    const element = await mount();
    page(element).input('email').focus();
    await sendKeys({ type: 'ana@gmial.com' });
    await sendKeys({ press: 'Enter' });
    await settled();
    expect(page(element).text()).to.contain('Did you mean ana@gmail.com?');
    // Said again, it would differ by a space.
    expect(page(element).find('[role=status]')!.textContent).to.equal('Did you mean ana@gmail.com?');
    expect(world.proxy.signups).to.be.empty;
    await sendKeys({ press: 'Enter' });
    await settled();
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@gmial.com' });
  });

  it('sends at once what was offered a second before', async () => {
    const element = await mount();
    await page(element).type('email', 'ana@gmial.com');
    page(element).input('email').dispatchEvent(new Event('change'));
    await world.clock.advance(1000);
    await page(element).press('submit');
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@gmial.com' });
  });

  it('takes the offered address', async () => {
    const element = await mount();
    await page(element).type('email', 'ana@gmial.com');
    page(element).input('email').dispatchEvent(new Event('change'));
    await page(element).type('businessName', 'Acme');
    page(element).find('form .link')!.click();
    await settled();
    expect(page(element).input('email').value).to.equal('ana@gmail.com');
    expect(page(element).focused()).to.equal('email');
  });

  for (const pasted of ['\u200bana@example.com\ufeff', '\u202aana@\u200bexam\u00adple.com\u202c'])
    it(`drops from ${JSON.stringify(pasted).replace(/[^ -~]/g, '*')} what cannot be seen`, async () => {
      const element = await mount();
      await page(element).signUp(pasted);
      expect(world.proxy.signups[0]?.body).to.deep.equal({ email: 'ana@example.com' });
      expect(page(element).text()).to.contain('we emailed a link to ana@example.com');
    });

  it('leaves in an address what joins its letters', async () => {
    const element = await mount();
    await page(element).signUp('\u067e\u200c\u0631@example.com');
    expect(world.proxy.signups[0]?.body).to.deep.equal({ email: '\u067e\u200c\u0631@example.com' });
  });

  it('lays a taken address at its field, with a way to sign in', async () => {
    world.proxy.posts = [problem(409, 'email_taken', [{ pointer: '/email', code: 'taken', detail: '' }])];
    const element = await mount();
    const events = record(element);
    await page(element).signUp('ana@example.com', 'Acme');
    expect(page(element).part('error')!.textContent).to.contain('already has a Kelviq account');
    expect(page(element).part('error')!.querySelector('a')!.href).to.equal('https://app.kelviq.com/');
    expect(page(element).focused()).to.equal('email');
    expect(page(element).input('businessName').value).to.equal('Acme');
    expect(events.at(-1)).to.deep.equal([
      'error',
      { code: 'email_taken', status: 409, retryable: false, requestId: 'req_1' },
    ]);
  });

  it('keeps what is wrong with one field while the other is corrected', async () => {
    world.proxy.posts = [
      problem(409, 'email_taken', [
        { pointer: '/email', code: 'taken', detail: '' },
        { pointer: '/businessName', code: 'too_long', detail: '' },
      ]),
    ];
    const element = await mount();
    await page(element).signUp('ana@example.com', 'Acme Ltd');
    const errors = () => [...element.shadowRoot!.querySelectorAll('[part=error]')].map(({ id }) => id);
    expect(errors()).to.deep.equal(['email-error', 'businessName-error']);
    await page(element).type('businessName', 'Acme');
    expect(errors()).to.deep.equal(['email-error']);
    expect(page(element).part('error')!.textContent).to.contain('already has a Kelviq account');
    await page(element).type('email', 'bo@example.com');
    expect(errors()).to.be.empty;
  });

  it('lays every fault of a 422 at its field', async () => {
    world.proxy.posts = [
      problem(422, 'validation_failed', [
        { pointer: '/email', code: 'invalid', detail: '' },
        { pointer: '/businessName', code: 'too_long', detail: '' },
      ]),
    ];
    const element = await mount();
    await page(element).signUp('ana@example.com', 'Acme');
    const errors = [...element.shadowRoot!.querySelectorAll('[part=error]')].map((error) => error.id);
    expect(errors).to.deep.equal(['email-error', 'businessName-error']);
  });

  for (const [who, body] of Object.entries({
    Rails: { errors: { email: ['is invalid'] } },
    'JSON:API': { errors: [{ status: '422', title: 'Invalid' }] },
    nobody: { code: 'validation_failed', errors: [null] },
  }))
    it(`fails in words on errors in the shape of ${who}`, async () => {
      world.proxy.posts = [json(422, body)];
      const element = await mount();
      await page(element).signUp();
      expect(element.state).to.equal('failed');
      expect(page(element).part('error')).to.equal(null);
    });

  it('keeps what was typed over a reload, until success', async () => {
    const first = await mount();
    await page(first).type('email', 'ana@exa');
    await page(first).type('businessName', 'Acme');
    first.remove();
    const second = await mount();
    expect(page(second).input('email').value).to.equal('ana@exa');
    expect(page(second).input('businessName').value).to.equal('Acme');
    await page(second).signUp('ana@example.com');
    second.remove();
    world.proxy.session = { ...session };
    const third = await mount();
    expect(page(third).input('email').value).to.equal('');
  });

  it('shows a draft before any answer, and loses none of it', async () => {
    const first = await mount();
    await page(first).type('email', 'ana@example.com');
    first.remove();
    world.proxy.session = 'silent';
    const second = await mount();
    expect(page(second).input('email').value).to.equal('ana@example.com');
    await page(second).type('businessName', 'Acme');
    expect(page(second).input('email').value).to.equal('ana@example.com');
  });

  it('keeps over a reload only what a person typed', async () => {
    const first = await mount({ email: 'one@example.com' });
    await page(first).type('businessName', 'Acme');
    first.remove();
    const second = await mount({ email: 'two@example.com' });
    expect(page(second).input('email').value).to.equal('two@example.com');
    expect(page(second).input('businessName').value).to.equal('Acme');
  });

  it('fills in initial values where nobody has edited', async () => {
    const element = await mount({ email: 'one@example.com' });
    expect(page(element).input('email').value).to.equal('one@example.com');
    element.email = 'two@example.com';
    await settled();
    expect(page(element).input('email').value).to.equal('two@example.com');
    await page(element).type('email', 'mine@example.com');
    element.email = 'three@example.com';
    await settled();
    expect(page(element).input('email').value).to.equal('mine@example.com');
  });

  it('uses one key per endpoint, kept in the session', async () => {
    const first = await mount();
    first.remove();
    await mount();
    const other = await mount({ endpoint: `${ENDPOINT}/other` });
    const keys = world.proxy.reads.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).to.equal(keys[1]);
    expect(keys.at(-1)).not.to.equal(keys[0]);
    other.remove();
  });

  it('works where sessionStorage throws', async () => {
    const own = Object.getOwnPropertyDescriptor(window, 'sessionStorage')!;
    Object.defineProperty(window, 'sessionStorage', { configurable: true, get: refuse });
    try {
      const element = await mount({ endpoint: `${ENDPOINT}/framed` });
      await page(element).signUp();
      const keys = new Set(world.proxy.seen.map(({ headers }) => headers.get('idempotency-key')));
      expect(keys.size).to.equal(1);
      expect(element.state).to.equal('success');
    } finally {
      Object.defineProperty(window, 'sessionStorage', own);
    }
  });

  it('keeps its key where the page clears sessionStorage before the outcome is known', async () => {
    const element = await mount();
    world.proxy.posts = [problem(503, 'not_available'), json(201, organization)];
    await page(element).signUp();
    sessionStorage.clear();
    await world.clock.advance(2000);
    expect(element.state).to.equal('success');
    const keys = new Set(world.proxy.seen.map(({ headers }) => headers.get('idempotency-key')));
    expect([world.proxy.signups.length, keys.size]).to.deep.equal([2, 1]);
  });

  it('starts again where sessionStorage is full', async () => {
    const element = await mount({ endpoint: `${ENDPOINT}/full` });
    // Until not one character more finds room.
    for (let size = 2 ** 24; size >= 1; size /= 2)
      try {
        for (let more = 0; more < 9; more++) sessionStorage.setItem(`full ${size} ${more}`, 'x'.repeat(size));
      } catch {}
    expect(() => sessionStorage.setItem('more', 'x'.repeat(20))).to.throw();
    await page(element).signUp();
    expect(element.state).to.equal('success');
    page(element).find('.foot button')!.click();
    await settled();
    await settled();
    expect(element.state).to.equal('ready');
    expect(page(element).input('email').value).to.equal('');
  });

  it('carries what password managers look for', async () => {
    const { input } = page(await mount());
    const attributes = (name: string) =>
      ['type', 'name', 'autocomplete', 'inputmode', 'dir', 'maxlength'].map((of) =>
        input(name).getAttribute(of),
      );
    expect(attributes('email')).to.deep.equal([
      'email',
      'email',
      'email',
      'email',
      'ltr',
      `${2 * MOST.email}`,
    ]);
    expect(attributes('businessName')).to.deep.equal([
      'text',
      'businessName',
      'organization',
      'text',
      'auto',
      `${2 * MOST.businessName}`,
    ]);
  });

  it('keeps focus and the button while it submits', async () => {
    world.proxy.posts = ['silent'];
    const element = await mount();
    const width = page(element).part('submit')!.getBoundingClientRect().width;
    await page(element).signUp();
    const button = page(element).part('submit')!;
    expect(button.getAttribute('aria-disabled')).to.equal('true');
    expect(button.hasAttribute('disabled')).to.equal(false);
    expect(button.getBoundingClientRect().width).to.equal(width);
    expect(page(element).focused()).to.equal('submit');
    expect(page(element).said()).to.equal('Creating your account…');
  });

  it('submits and resets by method', async () => {
    world.proxy.posts = [json(200, organization)];
    const element = await mount({ email: 'ana@example.com' });
    element.requestSubmit();
    await settled();
    expect(element.organization).to.deep.equal(organization);
    const [before] = world.proxy.signups;
    element.reset();
    await settled();
    expect(element.state).to.equal('ready');
    expect(world.proxy.reads.at(-1)?.headers.get('idempotency-key')).not.to.equal(
      before?.headers.get('idempotency-key'),
    );
  });
});
