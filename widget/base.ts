/**
 * The little that the element needs around lit-html: properties that follow attributes, and one
 * render for all changes of a turn. `LitElement` does the same and more; the
 * drop-in has no room for it.
 */
import { render, type TemplateResult } from 'lit/html.js';

/** `HTMLElement`, or a stand-in that lets a server import the module. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? Object;

const attributeOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An element with properties, attributes and a template in an open shadow root. */
export abstract class TemplateElement extends Base {
  /** The style sheet's text. */
  static styles = '';

  /** Properties and their defaults. One whose default is text or a number has an attribute, in kebab case. */
  static defaults: Record<string, unknown> = {};

  /** Resolves when everything changed so far is rendered. */
  updateComplete: Promise<void> | undefined;

  readonly #values: Record<string, unknown> = {};
  #changed = new Set<string>();

  static get observedAttributes(): string[] {
    const { defaults, prototype } = this;
    const names = Object.keys(defaults);
    for (const name of names)
      Object.defineProperty(prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: TemplateElement) {
          return this.#values[name];
        },
        set(this: TemplateElement, value: unknown) {
          if (this.#values[name] === value) return;
          this.#values[name] = value;
          this.requestUpdate(name);
        },
      });
    return names.filter((name) => typeof defaults[name] !== 'object').map(attributeOf);
  }

  constructor() {
    super();
    const own = this as Record<string, unknown>;
    for (const [name, value] of Object.entries((this.constructor as typeof TemplateElement).defaults)) {
      // What the page set before the upgrade hides the property, and wins over the default.
      const given = Object.hasOwn(own, name) ? own[name] : value;
      delete own[name];
      own[name] = given;
    }
  }

  attributeChangedCallback(attribute: string, _before: string | null, value: string | null): void {
    const { defaults } = this.constructor as typeof TemplateElement;
    const name = Object.keys(defaults).find((known) => attributeOf(known) === attribute)!;
    (this as Record<string, unknown>)[name] = value ?? defaults[name];
  }

  connectedCallback(): void {
    if (this.shadowRoot) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync((this.constructor as typeof TemplateElement).styles);
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
    this.requestUpdate();
  }

  /** Renders with the next microtask, once the element has been connected. */
  requestUpdate(name?: string): void {
    if (name) this.#changed.add(name);
    if (!this.shadowRoot) return;
    this.updateComplete ??= this.#update();
  }

  async #update(): Promise<void> {
    await Promise.resolve();
    this.updateComplete = undefined;
    const changed = this.#changed;
    this.#changed = new Set();
    render(this.render(), this.shadowRoot!);
    this.updated(changed);
  }

  /** The template of what stands in the shadow root. */
  protected abstract render(): TemplateResult;

  /** Follows each render, with the names of the properties that changed. */
  protected abstract updated(changed: ReadonlySet<string>): void;
}
