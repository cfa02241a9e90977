// The lower bound of the widget bench: the same form by hand, in one custom element, without a library, a
// language, a proxy or a second state. Nothing here ships.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: block; max-inline-size: 30rem; font: 1rem/1.5 inherit; color-scheme: inherit; }
  .card { display: grid; gap: 1rem; padding: 1.5rem; border: 1px solid light-dark(#ccc, #444); border-radius: 0.5rem; }
  h2, p { margin: 0; }
  label { display: grid; gap: 0.25rem; font-weight: 600; }
  input { font: inherit; padding: 0.5rem 0.75rem; border: 1px solid light-dark(#888, #777); border-radius: 0.5rem; }
  button { font: inherit; font-weight: 600; padding: 0.6rem 1rem; border: 0; border-radius: 0.5rem; background: #c2410c; color: #fff; }
  :focus-visible { outline: 2px solid #c2410c; outline-offset: 2px; }
`);

const parts = {
  h2: { textContent: 'Set up your Kelviq account' },
  p: { textContent: 'Kelviq handles the payments you receive on Acme.' },
};

function field(label, properties) {
  const outer = document.createElement('label');
  const input = Object.assign(document.createElement('input'), properties);
  outer.append(label, input);
  return outer;
}

class BareForm extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const form = document.createElement('form');
    form.className = 'card';
    for (const [name, properties] of Object.entries(parts))
      form.append(Object.assign(document.createElement(name), properties));
    form.append(
      field('Email', { type: 'email', name: 'email', autocomplete: 'email', required: true }),
      field('Business name', { name: 'businessName', autocomplete: 'organization' }),
      Object.assign(document.createElement('button'), { textContent: 'Create account' }),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void fetch('/v1/organizations', {
        method: 'POST',
        body: JSON.stringify(Object.fromEntries(new FormData(form))),
      });
    });
    root.append(form);
  }
}

customElements.define('bare-form', BareForm);
