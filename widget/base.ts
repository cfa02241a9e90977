/**
 * The little that the element needs around lit-html: properties that follow attributes, and one
 * render for all changes of a turn. `LitElement` does the same and more; the
 * drop-in has no room for it.
 */
import { render, type TemplateResult } from 'lit/html.js';

/** `HTMLElement`, or a stand-in that lets a server import the module. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? Object;

/** Name of the attribute for a property: `sessionUrl` has `session-url`. */
export const attributeOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An element with properties, attributes and a template in an open shadow root. */
export abstract class TemplateElement extends Base {
  /** Properties and their defaults. The first two are for code alone; each of the others has an attribute, in kebab case. */
  static defaults: Record<string, unknown> = {};

  static get observedAttributes(): string[] {
    return Object.keys(this.defaults).slice(2).map(attributeOf);
  }

  /** Resolves when everything changed so far is rendered. */
  updateComplete: Promise<void> | undefined;

  constructor() {
    super();
    for (const [name, initial] of Object.entries((this.constructor as typeof TemplateElement).defaults)) {
      // What the page set before the upgrade wins over the default; what a polluted prototype gives does not.
      let value = Object.hasOwn(this, name) ? ((this as Record<string, unknown>)[name] ?? initial) : initial;
      Object.defineProperty(this, name, {
        get: () => value,
        set: (now: unknown) => {
          // Frameworks write undefined for what is not given, and attributes hold text.
          value = +(initial as string) ? +(now as string) || initial : (now ?? initial);
          this.requestUpdate();
        },
      });
    }
  }

  attributeChangedCallback(attribute: string, _before: string | null, value: string | null): void {
    const name = attribute.replace(/-./g, (letter) => letter[1]!.toUpperCase());
    (this as Record<string, unknown>)[name] = value;
  }

  /** Renders with the next microtask, once there is a shadow root. */
  requestUpdate(): void {
    if (this.shadowRoot) this.updateComplete ??= this.#update();
  }

  async #update(): Promise<void> {
    await Promise.resolve();
    this.updateComplete = undefined;
    render(this.render(), this.shadowRoot!);
    this.updated();
  }

  /** The template of what stands in the shadow root. */
  protected abstract render(): TemplateResult;

  /** Follows each render. */
  protected abstract updated(): void;
}
