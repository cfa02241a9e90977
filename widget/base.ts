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

  #changed = new Set<string>();

  static get observedAttributes(): string[] {
    const { defaults } = this;
    return Object.keys(defaults)
      .filter((name) => typeof defaults[name] !== 'object')
      .map(attributeOf);
  }

  constructor() {
    super();
    for (const [name, initial] of Object.entries((this.constructor as typeof TemplateElement).defaults)) {
      // What the page set before the upgrade wins over the default.
      let value = Object.hasOwn(this, name) ? (this as Record<string, unknown>)[name] : initial;
      this.#changed.add(name);
      Object.defineProperty(this, name, {
        get: () => value,
        set: (now: unknown) => {
          if (now === value) return;
          value = now;
          this.requestUpdate(name);
        },
      });
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
