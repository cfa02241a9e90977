import { expect } from '@open-wc/testing';
import { html, render } from '../../widget/small-html.ts';

const text = (value: unknown) => html`<p>${value}!</p>`;
const inner = (value: string) => html`<i>${value}</i>`;
const outer = (child: unknown) => html`<p>a${child}b</p>`;
const attributes = (a: string, b: string) => html`<p id=${a} class="x-${a} y-${b}" title=${b}></p>`;
const item = (a: string, b: string) => html`<b title=${a}>${b}</b>`;

describe('the drop-in’s renderer', () => {
  const container = document.createElement('div');
  const show = (template: ReturnType<typeof html>) => render(template, container);

  it('shows text as text', () => {
    show(text('<b>'));
    expect(container.textContent).to.equal('<b>!');
    const p = container.querySelector('p');
    for (const nothing of ['', null, undefined]) {
      show(text(nothing));
      expect(container.textContent).to.equal('!');
    }
    expect(container.querySelector('p')).to.equal(p);
  });

  it('swaps templates in place, and keeps one of its own kind', () => {
    show(outer(inner('1')));
    const i = container.querySelector('i');
    show(outer(inner('2')));
    expect(container.querySelector('i')).to.equal(i);
    expect(container.textContent).to.equal('a2b');
    show(outer(html`<u>3</u>`));
    expect(container.innerHTML).not.to.contain('<i>');
    show(outer('4'));
    expect(container.textContent).to.equal('a4b');
  });

  it('sets attributes, also of several values', () => {
    show(attributes('1', '2'));
    show(attributes('1', '3'));
    const p = container.querySelector('p')!;
    expect([p.id, p.className, p.title]).to.deep.equal(['1', 'x-1 y-3', '3']);
  });

  it('sets booleans, properties and listeners', () => {
    let pressed = '';
    const of = (name: string, hidden: boolean) =>
      html`<input ?hidden=${hidden} .value=${name} @click=${() => (pressed += name)} />`;
    show(of('a', true));
    const input = container.querySelector('input')!;
    input.click();
    expect([input.hidden, input.value]).to.deep.equal([true, 'a']);
    show(of('b', false));
    input.click();
    expect([input.hidden, input.value, pressed]).to.deep.equal([false, 'b', 'ab']);
    expect(input.getAttributeNames()).to.deep.equal([]);
  });

  it('nests values of several templates in order', () => {
    show(html`<p title=${'0'}>${item('1', '2')}${'3'}${item('4', '5')}<i>${'6'}</i></p>`);
    expect(container.textContent).to.equal('2356');
  });
});
