import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { codePoints, hasForbiddenCharacters, isEmail } from '../../proxy/text.ts';

describe('isEmail', () => {
  const label = 'a'.repeat(63);
  for (const good of [
    'a@b.co',
    'first.last+tag@sub.example.com',
    "o'brien&co/x=y@example.com",
    'jördis@bäckerei.example',
    '用户@例子.公司',
    'उपयोगकर्ता@उदाहरण.भारत',
    `${'l'.repeat(64)}@${label}.example`,
    'a@xn--bcher-kva.example',
    'a@1.2.example',
  ])
    it(`takes ${good.slice(0, 40)}`, () => assert.equal(isEmail(good), true));

  for (const bad of [
    '',
    'a',
    'a@',
    '@b.co',
    'a@b',
    'a@b.c',
    'a@b..co',
    'a@.co',
    'a@b.co.',
    'a@-b.co',
    'a@b-.co',
    'a b@c.de',
    'a@b.co ',
    'a@b@c.de',
    'a,b@c.de',
    '<a@b.co>',
    '"a"@b.co',
    'a@[192.0.2.1]',
    `${'l'.repeat(65)}@b.co`,
    `a@${label}a.co`,
    'a\u202e@b.co',
    'a\0@b.co',
  ])
    it(`refuses ${JSON.stringify(bad).slice(0, 40)}`, () => assert.equal(isEmail(bad), false));

  it('answers at once to what is made to be slow', () => {
    const begun = performance.now();
    for (const slow of [`a@${'a-'.repeat(4000)}`, `a@${'a.'.repeat(4000)}!`, `${'a'.repeat(8000)}@`])
      assert.equal(isEmail(slow), false);
    assert.ok(performance.now() - begun < 5000);
  });
});

describe('codePoints', () => {
  it('counts characters, not UTF-16 units', () => {
    assert.equal(codePoints('a🥐ä'), 3);
    assert.equal(codePoints(''), 0);
  });
});

describe('hasForbiddenCharacters', () => {
  it('spares what scripts and emoji need', () => {
    // Joiners belong to Persian and Indic words, and to emoji of several people.
    for (const text of ['می\u200cخواهم', 'क्\u200dष', '👩\u200d👩\u200d👧', 'e\u0301', '\u00a0'])
      assert.equal(hasForbiddenCharacters(text), false);
  });
});
