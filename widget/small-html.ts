/**
 * The part of lit-html that the element's templates use, in a fifth of its bytes: text and templates as
 * children, attributes, `?boolean`, `.property` and `@event`. The drop-in build puts it in the place of
 * `lit/html.js`; the npm build keeps Lit, which a page that has it already shares.
 * It refuses nothing: an expression anywhere else, a list or a directive is a mistake that tests find.
 */
type Result = { strings: TemplateStringsArray; values: unknown[] };
type Update = (values: unknown[]) => void;

const MARK = '§';
/** `NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT`. */
const ELEMENTS_AND_COMMENTS = 129;
const templates = new WeakMap<TemplateStringsArray, HTMLTemplateElement>();

// Where the element is registered already this copy never renders, and a second policy of the same
// name would be refused by the CSP.
const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: { createHTML(text: string): string }): typeof rules };
};
const policy = customElements.get('kelviq-onboarding')
  ? undefined
  : trustedTypes?.createPolicy('kelviq-onboarding', { createHTML: (constant) => constant });

/** A template and its values; `strings` are constants of this source, never data. */
export const html = (strings: TemplateStringsArray, ...values: unknown[]): Result => ({ strings, values });

function templateOf(strings: TemplateStringsArray): HTMLTemplateElement {
  let template = templates.get(strings);
  if (!template) {
    // Inside a tag the mark is an attribute's value; elsewhere it is a comment, the place of a child.
    const source = strings.reduce(
      (before, after) =>
        `${before}${before.lastIndexOf('<') > before.lastIndexOf('>') ? MARK : `<!--${MARK}-->`}${after}`,
    );
    template = document.createElement('template');
    template.innerHTML = policy?.createHTML(source) ?? source;
    templates.set(strings, template);
  }
  return template;
}

/** Keeps what stands between two nodes. */
function childPart(end: Node): (value: unknown) => void {
  const start = end.parentNode!.insertBefore(new Text(), end);
  let shown: unknown;
  let update: Update;
  return (value) => {
    const { strings, values = [value] } = (value ?? '') as Partial<Result>;
    const kind = strings ?? '';
    if (kind !== shown) {
      while (start.nextSibling !== end) start.nextSibling!.remove();
      shown = kind;
      if (strings) {
        const content = document.importNode(templateOf(strings).content, true);
        update = bind(content);
        end.parentNode!.insertBefore(content, end);
      } else {
        const text = new Text();
        update = ([data]) => (text.data = (data ?? '') as string);
        end.parentNode!.insertBefore(text, end);
      }
    }
    update(values);
  };
}

/** What a mark in an attribute changes; `.`, `?` and `@` before its name as in Lit. */
function attributePart(element: Element, name: string, pieces: string[]): Update {
  element.removeAttribute(name);
  const rest = name.slice(1);
  let last: unknown;
  if (name[0] === '@') {
    element.addEventListener(rest, (event) => (last as EventListener)(event));
    return ([listener]) => (last = listener);
  }
  return (values) => {
    const [first] = values;
    const value = /\W/.test(name[0]!)
      ? first
      : pieces.reduce((text, piece, at) => `${text}${values[at - 1] as string}${piece}`);
    if (value === last) return;
    last = value;
    if (name[0] === '?') element.toggleAttribute(rest, !!value);
    else if (name[0] === '.') Object.assign(element, { [rest]: value });
    else element.setAttribute(name, value as string);
  };
}

/** Finds the marks of a fresh copy, in the order of their values. */
function bind(content: DocumentFragment): Update {
  const parts: [count: number, update: Update][] = [];
  const walker = document.createTreeWalker(content, ELEMENTS_AND_COMMENTS);
  const nodes: Node[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes)
    if (node instanceof Element)
      for (const { name, value } of Array.from(node.attributes)) {
        const pieces = value.split(MARK);
        if (pieces[1] !== undefined) parts.push([pieces.length - 1, attributePart(node, name, pieces)]);
      }
    else {
      const update = childPart(node);
      parts.push([1, ([value]) => update(value)]);
    }
  return (values) => {
    let at = 0;
    for (const [count, update] of parts) update(values.slice(at, (at += count)));
  };
}

const roots = new WeakMap<Node, (value: unknown) => void>();

/** Shows a template in a container, changing only what differs from the last time. */
export function render(result: Result, container: Node): void {
  if (!roots.has(container)) roots.set(container, childPart(container.appendChild(new Comment())));
  roots.get(container)!(result);
}
