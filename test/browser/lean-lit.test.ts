import { expect } from '@open-wc/testing';
import * as published from 'lit/html.js';
import { lean } from '../../widget/build/lean-lit.ts';

type Lit = Pick<typeof published, 'html' | 'render'>;
type Show = (lit: Lit) => unknown;

const source = await (await fetch('/lit-html.txt')).text();
const leanSource = URL.createObjectURL(new Blob([lean(source)], { type: 'text/javascript' }));
const trimmed = (await import(leanSource)) as Lit;

/** One template with a hole of every kind. */
const everyKind =
  (text: unknown, hint: string, isBusy: boolean): Show =>
  ({ html }) =>
    html`<p class=${hint} title="a &gt; b">${text}, ${hint}</p>
      <input name="x" .readOnly=${isBusy} .value=${hint} aria-label=${hint} />${text}`;

/** What is rendered into one container, one after the other. */
const SERIES: Record<string, Show[]> = {
  'values of every kind': [
    everyKind('one', 'a', true),
    everyKind('two', 'b', false),
    everyKind('', 'b', true),
  ],
  'no value at all': [undefined, null, '', 0, false].map((value) => everyKind(value, 'x', false)),
  'templates that come and go': [
    ({ html }) =>
      html`${'before'}
        <div>${html`<b>${1}</b>`}</div>`,
    ({ html }) =>
      html`${html`<i>now</i>`}
        <div>${''}</div>`,
    ({ html }) =>
      html`${'before'}
        <div>${html`<b>${2}</b>`}</div>`,
    ({ html }) => html`<p>another</p>`,
  ],
  'lists that grow': [[], [1], [2, 3, 4], [4, 5, 6, 7]].map(
    (items): Show =>
      ({ html }) =>
        html`<ol>
            ${items.map((item) => html`<li>${item}</li>`)}
          </ol>
          ${items.length ? 'some' : 'none'}`,
  ),
  'texts that look like markup': [
    ({ html }) => html`<p>${'<img src=x onerror=alert(1)>'}</p>`,
    ({ html }) => html`<a href=${'"><script>'}>${'&amp;'}</a>`,
  ],
};

/** Without the comments and attributes that hold Lit's places. */
const shown = (container: Element) =>
  container.innerHTML.replace(/<!--.*?-->| lit\d+=""/gs, '') +
  [...container.querySelectorAll('input')].map(({ value, readOnly }) => `${value} ${readOnly}`).join();

describe('the Lit of the drop-in', () => {
  for (const [name, series] of Object.entries(SERIES))
    it(`renders ${name} as Lit does`, () => {
      const [mine, theirs] = [document.createElement('div'), document.createElement('div')];
      for (const show of series) {
        trimmed.render(show(trimmed), mine);
        published.render(show(published), theirs);
        expect(shown(mine)).to.equal(shown(theirs));
      }
    });

  it('calls the latest listener, once', () => {
    for (const { html, render } of [trimmed, published]) {
      const container = document.createElement('div');
      const heard: number[] = [];
      for (const round of [1, 2, 3])
        render(html`<button .onclick=${() => heard.push(round)}>${round}</button>`, container);
      container.querySelector('button')!.click();
      expect(heard).to.deep.equal([3]);
    }
  });

  it('keeps the nodes that it has', () => {
    const container = document.createElement('div');
    const show = (text: string) => trimmed.html`<input aria-label=${text} />`;
    trimmed.render(show('a'), container);
    const input = container.querySelector('input');
    trimmed.render(show('b'), container);
    expect(container.querySelector('input')).to.equal(input);
  });

  it('takes no template that is not one', () => {
    const container = document.createElement('div');
    for (const strings of [['<img src=x>', ''], '<img src=x>', { raw: ['<img src=x>'] }, {}])
      for (const values of [['<img src=x>'], [], {}, undefined])
        try {
          trimmed.render(JSON.parse(JSON.stringify({ strings, holes: values, values })), container);
        } catch {
          // Refused; what is not, is text.
        }
    expect(container.querySelector('img')).to.equal(null);
  });

  it('takes no template from a prototype that the page polluted', () => {
    const polluted = { raw: '1', strings: ['<img src=x>', '<img src=x>'], holes: ['a'] };
    const container = document.createElement('div');
    try {
      Object.assign(Object.prototype, polluted);
      trimmed.render(trimmed.html`<p>${['a', 'b']}</p>`, container);
      trimmed.render(JSON.parse('{}'), document.createElement('div'));
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(container.querySelector('p')).not.to.equal(null);
    expect(container.querySelector('img')).to.equal(null);
  });

  it('leaves the list of Lit versions alone', () => {
    const { litHtmlVersions = [] } = globalThis as { litHtmlVersions?: string[] };
    expect(litHtmlVersions).to.have.lengthOf(1);
  });

  it('is not made of another Lit', () => {
    expect(() => lean(source.replace('SPDX', 'x'))).not.to.throw();
    expect(() => lean(source.replaceAll('renderBefore', 'x'))).to.throw('No render options');
  });
});
