import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { tagsOf } from '../../proxy/node/commands/doctor/page-html.ts';

/** Names and attributes in short: `a b="c"`. */
function short(html: string): string[] {
  return tagsOf(html).map(({ name, attributes }) =>
    [name, ...Object.entries(attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`)].join(' '),
  );
}

describe('tagsOf', () => {
  for (const [html, ...expected] of [
    ['<A Href=x><br/>', 'a href="x"', 'br'],
    ['<a b="c>d" e=\'"f"\' g>', 'a b="c>d" e="\\"f\\"" g=""'],
    ['<a\nb\n=\nc / d>', 'a b="c" d=""'],
    ['<a b=><c>', 'a b=""', 'c'],
    ['<a b==c>', 'a b="=c"'],
    ['<a b=1 B=2>', 'a b="1"'],
    ['<a href="?b&amp;c&#61;&#x3d;">', 'a href="?b&c=="'],
    ['<p class=x"><b>', 'p class="x\\""', 'b'],
    ['<!-- <a> --><b></b>', 'b'],
    ['<!--><a>', 'a'],
    ['<script>"<a>"</script ><b>', 'script', 'b'],
    ['<template><a></template><b>', 'template', 'b'],
    ['<a><b c="', 'a'],
    ['<1><a', ''],
  ] as const)
    it(`reads ${JSON.stringify(html)}`, () => assert.deepEqual(short(html), expected.filter(Boolean)));

  it('tells a slash at the end from one in a value', () => {
    const slashed = tagsOf('<a/><a b /><a b="/"><a b=c/><a / b>').map((tag) => tag.slashed);
    assert.deepEqual(slashed, [true, true, false, false, false]);
  });

  for (const piece of ['<a ', '<a b="', '<a b', '<a b=', '<!--', '<script>', '<title></title', '< '])
    it(`takes each character of many ${JSON.stringify(piece)} once`, () => {
      // Looked at from each piece to the end, these are 10^11 characters.
      assert.ok(tagsOf(piece.repeat(300_000)).length <= 1);
    });
});
