import { expect } from '@open-wc/testing';
import { a11ySnapshot } from '@web/test-runner-commands';
import { itWithMedia } from './engine.ts';
import { STATES_SHOWN } from './states.ts';
import { setUp } from './scripted.ts';

type Node = { role: string; name?: string; children?: Node[]; [more: string]: unknown };

/** What a state looks like to a screen reader: role, name and what else is said, a line each. */
const EXPECTED: Record<string, string> = {
  ready: `
status
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | description: Kelviq will email you a link to set your password. | required: true
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional
button | Create account`,
  'a field error': `
status
StaticText | Enter a whole email address, like ana@example.com.
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | value: ana@ | description: Enter a whole email address, like ana@example.com. Kelviq will email you a link to set your password. | invalid: true | required: true | focused: true
StaticText | Enter a whole email address, like ana@example.com.
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional
button | Create account`,
  'a hint': `
status
StaticText | Did you mean ana@gmail.com?
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | value: ana@gmial.com | description: Kelviq will email you a link to set your password. | required: true
button | Did you mean ana@gmail.com?
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional
button | Create account | focused: true`,
  'a taken address': `
status
StaticText | This email already has a Kelviq account. Yours? Check your inbox or sign in.
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | value: ana@example.com | description: This email already has a Kelviq account. Yours? Check your inbox or sign in.Sign in to Kelviq Kelviq will email you a link to set your password. | invalid: true | required: true | focused: true
StaticText | This email already has a Kelviq account. Yours? Check your inbox or sign in.
link | Sign in to Kelviq
StaticText | Sign in to Kelviq
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional
button | Create account`,
  submitting: `
status
StaticText | Still working. You can stay here.
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | value: ana@example.com | description: Kelviq will email you a link to set your password. | readonly: true | required: true
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional | readonly: true
button | Creating your account… | disabled: true | focused: true
StaticText | Still working. You can stay here.`,
  failed: `
status
StaticText | Too many tries. Please try again in 10 minutes.
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | value: ana@example.com | description: Kelviq will email you a link to set your password. | required: true
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional
StaticText | Too many tries. Please try again in 10 minutes.
button | Try again
link | Contact support
StaticText | Contact support
StaticText | Reference:
StaticText
StaticText | req_1
button | Create account | focused: true`,
  success: `
status
StaticText | Your account is ready
heading | Your account is ready | level: 2 | focused: true
StaticText | Sandbox
StaticText | Client key
textbox | Client key | value: ck_test_1 | readonly: true
button | Copy | description: ck_test_1
StaticText | Your secret key is on its way to Acme…
StaticText | 1
StaticText | Set your password: we emailed a link to ana@example.com.
StaticText | 2
StaticText | Use your client key where Acme asks for it. It is safe to share.
StaticText | 3
StaticText | Add Kelviq to your site.
tab | JavaScript | selected: true
tab | React
tab | Node
StaticText | import kelviqSDK from '@kelviq/js-sdk'; const kelviq = kelviqSDK({ accessToken: 'ck_test_1', environment: 'sandbox', customerId: 'your-customer-id', });
button | Copy | description: JavaScript
link | Read the docs
StaticText | Read the docs
link | Wrong email? Contact support
StaticText | Wrong email? Contact support
button | Not you? Start again`,
  checking: `
status
StaticText | A short safety check…
heading | Set up your Kelviq account | level: 2
StaticText | Kelviq handles the payments you receive on Acme.
StaticText | Email
textbox | Email | value: ana@example.com | description: Kelviq will email you a link to set your password. | readonly: true | required: true
StaticText | Kelviq will email you a link to set your password.
StaticText | Business name
StaticText | optional
textbox | Business name optional | readonly: true
button | Creating your account… | disabled: true | focused: true
StaticText | A short safety check…`,
  'success, delivered': `
status
StaticText | Welcome back. Your account is ready
heading | Welcome back. Your account is ready | level: 2
StaticText | Sandbox
StaticText | Client key
textbox | Client key | value: ck_test_1 | readonly: true
button | Copy | description: ck_test_1
StaticText | Acme has received your secret key.
StaticText | 1
StaticText | Set your password: Kelviq emailed you a link.
StaticText | 2
StaticText | Use your client key where Acme asks for it. It is safe to share.
StaticText | 3
StaticText | Add Kelviq to your site.
tab | JavaScript | selected: true
tab | React
tab | Node
StaticText | import kelviqSDK from '@kelviq/js-sdk'; const kelviq = kelviqSDK({ accessToken: 'ck_test_1', environment: 'sandbox', customerId: 'your-customer-id', });
button | Copy | description: JavaScript
link | Read the docs
StaticText | Read the docs
button | Not you? Start again`,
  'success, without a key': `
status
StaticText | Welcome back. Your account is ready
heading | Welcome back. Your account is ready | level: 2
StaticText | Sandbox
StaticText | Client key
StaticText | On its way.
StaticText | Your secret key is on its way to Acme…
StaticText | 1
StaticText | Set your password: Kelviq emailed you a link.
StaticText | 2
StaticText | Use your client key where Acme asks for it. It is safe to share.
StaticText | 3
StaticText | Add Kelviq to your site.
button | Not you? Start again`,
};

const SAID = [
  'value',
  'level',
  'description',
  'invalid',
  'readonly',
  'required',
  'disabled',
  'selected',
  'focused',
];
const linesOf = (node: Node): string[] => [
  [
    node.role,
    node.name?.replace(/\s+/g, ' ').trim(),
    ...SAID.flatMap((key) => (node[key] ? `${key}: ${String(node[key])}` : [])),
  ]
    .filter(Boolean)
    .join(' | '),
  ...(node.children ?? []).flatMap(linesOf),
];

describe('to a screen reader', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  for (const [name, show] of Object.entries(STATES_SHOWN))
    itWithMedia(`is the tree of: ${name}`, async () => {
      await show(world);
      const tree = linesOf((await a11ySnapshot({})) as unknown as Node)
        .slice(1)
        .join('\n');
      expect(tree).to.equal(EXPECTED[name]?.trim());
    });
});
