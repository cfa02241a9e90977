import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { emailSchema } from '../../proxy/contract.ts';
import { mailboxOf, withAsciiDomain } from '../../proxy/mailbox.ts';

describe('withAsciiDomain', () => {
  for (const [typed, sent] of [
    ['jördis@bäckerei.example', 'jördis@xn--bckerei-5wa.example'],
    ['a@BÄCKEREI.example', 'a@xn--bckerei-5wa.example'],
    ['用户@例子.公司', '用户@xn--fsqu00a.xn--55qx5d'],
    ['Owner@Example.COM', 'Owner@Example.COM'],
  ] as const)
    it(`sends ${typed} as ${sent}`, () => assert.equal(withAsciiDomain(typed), sent));
});

describe('an e-mail address', () => {
  for (const [what, email, fault] of [
    ['whose domain is a number in disguise', 'a@１.２', 'invalid'],
    ['whose domain DNS cannot have', 'a@b\u0301-.example', 'invalid'],
    ['whose label is too long in ASCII', `a@${'ü'.repeat(62)}.example`, 'invalid'],
    [
      'that is too long in ASCII',
      `a@${'üöä'.repeat(8)}.`.concat(`${'ü'.repeat(40)}.`.repeat(5), 'de'),
      'too_long',
    ],
    ['on a bare number', 'a@192.0.2.10', 'invalid'],
    ['with a space of no width', 'a\u200bb@example.com', 'invalid'],
    ['with a hyphen that is not seen', 'a\u00adb@example.com', 'invalid'],
  ] as const)
    it(`is refused ${what}`, () => {
      assert.deepEqual(
        emailSchema.safeParse(email).error?.issues.map(({ message }) => message),
        [fault],
      );
    });

  it('is compared as it is sent', () => {
    assert.equal(emailSchema.parse(' a@bücher.example '), 'a@xn--bcher-kva.example');
  });
});

describe('mailboxOf', () => {
  for (const [email, mailbox] of [
    ['owner+shop@example.com', 'owner@example.com'],
    ['owner+a+b@example.com', 'owner@example.com'],
    ['first.last@example.com', 'first.last@example.com'],
    ['first.last+x@gmail.com', 'firstlast@gmail.com'],
    ['f.i.r.s.t@googlemail.com', 'first@gmail.com'],
    ['first.last@notgmail.com', 'first.last@notgmail.com'],
  ] as const)
    it(`is ${mailbox} for ${email}`, () => assert.equal(mailboxOf(email), mailbox));

  it('is the same with what nobody sees in it', () => {
    for (const email of ['own\u034fe\ufe0fr', 'own\u00ade\u{e0061}r', '\uff4fwner\u200d+a'])
      assert.equal(mailboxOf(`${email}@example.com`), 'owner@example.com');
  });
});
