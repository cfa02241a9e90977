import { styles } from './kelviq-onboarding.styles.ts';
import { html, type TemplateResult } from 'lit/html.js';
import type { Organization } from '../proxy/contract.ts';
import { TemplateElement } from './base.ts';
import { copyFrom } from './clipboard.ts';
import { KelviqEvent, type OnboardingError } from './events.ts';
import { FIELDS, type FieldName } from './fields.ts';
import type { State, Step } from './journey.ts';
import { isRtl, type Messages } from './messages.ts';
import { ports } from './ports.ts';
import { createSignup } from './signup.ts';
import type { Snippet } from './snippets.ts';
import { tabAfter } from './tabs.ts';
import { createTranslation } from './translation.ts';
import { formView, successView } from './view.ts';

/**
 * Signs a customer of a Kelviq partner up for Kelviq, through the partner's own proxy.
 * @example
 * ```html
 * <script type="module" src="https://onboarding.partner.example/kelviq-onboarding.js"></script>
 * <kelviq-onboarding partner-name="Acme"></kelviq-onboarding>
 * ```
 * @tag kelviq-onboarding
 * @attr {string} endpoint - Base URL of the proxy; where the drop-in script came from by default
 * @attr {string} session-url - POSTed same-origin with credentials; answers `{ token }`
 * @attr {string} session-token - The session token itself
 * @attr {string} email - Initial e-mail address
 * @attr {string} business-name - Initial business name
 * @attr {string} partner-name - Who you are, in words; the page's host by default
 * @attr {string} locale - BCP 47 tag; the nearest `lang`, then the browser's, by default
 * @attr {'auto'|'light'|'dark'} theme - `auto` follows the inherited `color-scheme`
 * @attr {number} heading-level - Level of the headings; 2 by default
 * @attr {string} sign-in-url - Where customers of Kelviq sign in
 * @attr {string} support-url - Where the partner's customers get help; none by default
 * @fires {KelviqReadyEvent} kelviq-ready - The form is usable and the session is known
 * @fires {KelviqSubmitEvent} kelviq-submit - Valid input is about to be sent; cancelable
 * @fires {KelviqSuccessEvent} kelviq-success - The organization is there; once per customer
 * @fires {KelviqDeliveredEvent} kelviq-delivered - The partner's backend has the secret key; once per customer
 * @fires {KelviqErrorEvent} kelviq-error - The customer sees a failure
 * @fires {KelviqStateChangeEvent} kelviq-state-change - `state` has a new value
 * @slot heading - Replaces the form's heading
 * @slot description - Replaces the text below the heading
 * @slot terms - Text and links above the submit button
 * @slot next-steps - Replaces the steps after success, not the key
 * @csspart form - The form
 * @csspart heading - The heading, before and after success
 * @csspart field - One field with its label, help and error
 * @csspart field-invalid - A field with an error
 * @csspart label - A field's label
 * @csspart input - A field's input
 * @csspart error - A field's error
 * @csspart submit - The submit button
 * @csspart alert - What went wrong, and what to do next
 * @csspart success - Everything after success
 * @csspart badge - The environment badge, in sandbox only
 * @csspart key - The client key
 * @csspart copy - The copy button
 * @csspart steps - The steps after success
 * @cssprop --kelviq-accent - Colour of the submit button, links and focus ring
 * @cssprop --kelviq-on-accent - Text on the accent colour
 * @cssprop --kelviq-background - Card
 * @cssprop --kelviq-text - Text
 * @cssprop --kelviq-muted - Secondary text
 * @cssprop --kelviq-border - Edge of inputs and secondary buttons
 * @cssprop --kelviq-danger - Errors
 * @cssprop --kelviq-success - Check marks
 * @cssprop --kelviq-radius - Corner radius of inputs and buttons; the card's is twice as large
 * @cssprop --kelviq-space - Unit of all spacing
 * @cssprop --kelviq-font - Font family; the page's by default
 * @cssprop --kelviq-font-size - Size of the text; everything follows it
 * @cssprop --kelviq-code-font - Font family of key and code
 * @cssprop --kelviq-motion - How long a change moves; never for who prefers reduced motion
 * @cssprop --kelviq-field - Background of inputs and secondary buttons
 * @cssprop --kelviq-shadow - Shadow of the card
 * @cssprop --kelviq-max-width - Greatest width
 * @cssstate loading - The session is being read; the form is usable
 * @cssstate ready - The session is known
 * @cssstate submitting - A signup is under way
 * @cssstate success - The organization is there
 * @cssstate failed - The customer sees what to do next
 */
export class KelviqOnboarding extends TemplateElement {
  static override defaults = {
    fetchSessionToken: null,
    messages: {},
    endpoint: '',
    sessionUrl: '',
    sessionToken: '',
    email: '',
    businessName: '',
    partnerName: '',
    locale: '',
    theme: 'auto',
    headingLevel: 2,
    signInUrl: 'https://app.kelviq.com',
    supportUrl: '',
  };

  /** Gives the code to paste; the entries say where it comes from. */
  static snippets: () => Promise<readonly Snippet[]> = async () => [];
  /** Base URL of the proxy. */
  declare endpoint: string;
  /** POSTed same-origin with credentials; answers `{ token }`. Asked at load and when the token has expired. */
  declare sessionUrl: string;
  /** The session token itself. */
  declare sessionToken: string;
  /** The same in code: resolves to a session token. */
  declare fetchSessionToken: (() => Promise<string>) | null;
  /** Initial e-mail address; later changes touch only a field that nobody has edited. */
  declare email: string;
  /** Initial business name; likewise. */
  declare businessName: string;
  /** Who you are, in words; the page's host when empty. */
  declare partnerName: string;
  /** BCP 47 tag; when empty, the nearest `lang`, then the browser's. */
  declare locale: string;
  /** `auto` follows the inherited `color-scheme`. */
  declare theme: 'auto' | 'light' | 'dark';
  /** Level of the headings, 1 to 6. */
  declare headingLevel: number;
  /** Where customers of Kelviq sign in. */
  declare signInUrl: string;
  /** Where the partner's customers get help. */
  declare supportUrl: string;
  /** Replaces single strings, in whatever language is shown. */
  declare messages: Partial<Messages>;

  readonly #signup = createSignup(this);
  readonly #shown = this.#signup.shown;
  readonly #translation = createTranslation(this, this.#shown);
  readonly #internals = this.attachInternals();
  #copiedId = '';
  #snippets: readonly Snippet[] = [];
  #tab = 0;

  /** Where the customer stands; also a custom state, `:state(…)`. */
  get state(): State {
    return this.#shown.state;
  }

  /** The customer's organization, once it is there; public fields alone. */
  get organization(): Organization | null {
    return this.#shown.organization;
  }

  /** What the customer sees as gone wrong. */
  get error(): OnboardingError | null {
    return this.#shown.error;
  }

  connectedCallback(): void {
    if (!this.shadowRoot) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
      this.#internals.states.add(this.state);
      this.requestUpdate();
    }
    this.#signup.resume();
    this.#translation.follow();
  }

  disconnectedCallback(): void {
    this.#translation.stop();
    // A move in the DOM disconnects and connects in one go, and interrupts nothing.
    queueMicrotask(() => this.isConnected || this.#signup.stop());
  }

  /** Checks and sends the form, as if the customer had pressed its button. */
  requestSubmit(): void {
    this.#read();
    this.updated(); // What the page or the session has just given counts, rendered or not.
    this.#signup.send();
  }

  /** Starts again with an empty form; a key whose outcome is unknown is kept. */
  reset(): void {
    this.#signup.reset();
  }

  /** Focuses the first field, or the heading after success. */
  override focus(options?: FocusOptions): void {
    this.#find(this.state === 'success' ? '[part=heading]' : 'input')?.focus(options);
  }

  /** Takes a step of the journey: renders it, moves the focus and says it. For the signup behind it. */
  stepped({ focus, say }: Step, changed: boolean): void {
    const isInside = this.shadowRoot?.activeElement;
    const { email, businessName } = this.#shown.faults;
    // Who sent with Enter is in the field already: no focus moves there that would be heard.
    if (focus === 'invalid') say = email ?? businessName;
    this.#translation.say(say);
    if (changed) {
      this.#internals.states.clear();
      this.#internals.states.add(this.state);
      this.dispatchEvent(new KelviqEvent('state-change', { state: this.state }));
      // Submitting, so that it is there at success; and success, where that is where it begins.
      if (this.state.startsWith('su'))
        void KelviqOnboarding.snippets().then(
          (snippets) => {
            this.#snippets = snippets;
            this.requestUpdate();
          },
          () => {},
        );
    }
    this.requestUpdate();
    void this.updateComplete?.then(() => {
      if (focus === 'invalid') this.#find('[aria-invalid=true]')?.focus();
      else if (focus && isInside) this.focus();
      // What had the focus may be gone, as "Try again" is, and the form where somebody has been before.
      else if (isInside && !this.shadowRoot.activeElement) (this.#find('button') ?? this).focus();
    });
  }

  protected override updated(): void {
    const { inputs } = this.#shown;
    this.#signup.prefill();
    // Only where they differ: writing would disturb typing. What an input drops by itself, nobody has edited.
    this.#eachInput((input, name) => {
      input.value = inputs[name];
      inputs[name] = input.value;
    });
    void this.#translation.translate();
    this.#signup.followSource();
  }

  #find(selector: string): HTMLInputElement | null | undefined {
    return this.shadowRoot?.querySelector(selector);
  }

  /** Visits the inputs that differ from what is known. */
  #eachInput(visit: (input: HTMLInputElement, name: FieldName) => void): void {
    for (const name of FIELDS) {
      const input = this.#find(`#${name}`);
      if (input && input.value !== this.#shown.inputs[name]) visit(input, name);
    }
  }

  /** Takes what stands in the inputs: some password managers fill them without an event. */
  #read(): void {
    this.#eachInput((input, name) => this.#signup.edit(name, input.value));
  }

  /** Puts a key or code on the clipboard; where both ways are forbidden, it is left selected. */
  async #onCopy(id: string): Promise<void> {
    const copied = await copyFrom(this.#find(`#${id}`)!);
    if (copied) this.#copiedId = id;
    this.#signup.step(copied ? 'copied' : 'not_copied');
    await ports.clock.sleep(3000);
    this.#copiedId = '';
    this.requestUpdate();
  }

  /** Shows a tab, and moves the focus there. */
  #onTab(tab: number): void {
    this.#tab = tab;
    this.requestUpdate();
    void this.updateComplete!.then(() => this.#find('[aria-selected=true]')!.focus());
  }

  protected override render(): TemplateResult {
    this.#read();
    const { tag, said } = this.#translation;
    return html`<div class=${`card ${this.theme}`} lang=${tag} dir=${isRtl(tag) ? 'rtl' : 'ltr'}>
      <p role="status">${said}</p>
      ${(this.state === 'success' ? successView : formView)({
        signup: this.#signup,
        settings: this,
        copiedId: this.#copiedId,
        snippets: this.#snippets,
        tab: this.#tab,
        t: this.#translation.wordsOf,
        onInput: () => this.requestUpdate(),
        onSubmit: (event) => {
          event.preventDefault();
          this.requestSubmit();
        },
        onHint: () => {
          this.#find('input')!.value = this.#shown.meant as string;
          this.requestUpdate();
          this.focus();
        },
        onCopy: (id) => void this.#onCopy(id),
        onTab: (tab) => this.#onTab(tab),
        onTabKey: ({ key }) => {
          const to = tabAfter(key, this.#tab, this.#snippets.length, isRtl(tag));
          if (to >= 0) this.#onTab(to);
        },
      })}
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kelviq-onboarding': KelviqOnboarding;
  }
}
