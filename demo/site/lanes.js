// Draws the three lanes of "what each side saw". Text goes in as text: nothing here parses HTML.

const time = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** JSON with room to breathe, its members' names and the masked secrets marked; other text as it is. */
function pretty(text) {
  let lines = text;
  try {
    lines = JSON.stringify(JSON.parse(text), null, 1).replace(/\n\s*/g, ' ');
  } catch {
    // Not JSON, which is exactly what should be seen then.
  }
  const nodes = [];
  let from = 0;
  for (const { 0: hit, index } of lines.matchAll(/"\w+"(?=:)|"\w*••••\w*"/g)) {
    nodes.push(lines.slice(from, index), element(hit.includes('•') ? 'mark' : 'b', '', hit));
    from = index + hit.length;
  }
  return [...nodes, lines.slice(from)];
}

function part(label, text) {
  return text ? [element('p', 'label', label), element('pre', '', ...pretty(text))] : [];
}

function entryOf({ at, title, status, tone, sent, got, note }) {
  const summary = element(
    'summary',
    '',
    element('time', '', time.format(at)),
    element('code', '', title),
    element('span', `status ${tone}`, status),
  );
  return [
    summary,
    ...(note ? [element('p', 'note', note)] : []),
    ...part('Sent', sent),
    ...part('Received', got),
  ];
}

/** One lane: entries by id, the newest on top and open. */
export class Lane {
  #root;
  #list;
  #items = new Map();

  constructor(id) {
    this.#root = document.getElementById(id);
    this.#list = this.#root.querySelector('ol');
  }

  /** Adds or renews an entry: `{ at, title, status, tone, sent, got, note }`, all text. */
  show(id, entry) {
    const old = this.#items.get(id);
    const text = JSON.stringify(entry);
    if (old?.text === text) return;
    const details = old?.details ?? element('details');
    details.replaceChildren(...entryOf(entry));
    this.#items.set(id, { details, text });
    if (old) return;
    for (const { details: other } of this.#items.values()) other.open = false;
    details.open = true;
    this.#list.prepend(element('li', '', details));
    this.#root.classList.add('filled');
  }

  /** Forgets everything. */
  clear() {
    this.#items.clear();
    this.#list.replaceChildren();
    this.#root.classList.remove('filled');
  }

  /** Says in the lane's head where a key is; nothing hides it. */
  chip(text, safe = true) {
    const chip = this.#root.querySelector('.chip');
    chip.hidden = text === '';
    chip.classList.toggle('safe', safe);
    chip.classList.toggle('leak', !safe);
    chip.querySelector('span').textContent = text;
  }
}

/** Colour of a status: 2xx good, none or in progress plain, else bad. */
export function toneOf(status) {
  if (status === null) return '';
  return status >= 200 && status < 300 ? 'good' : 'bad';
}
