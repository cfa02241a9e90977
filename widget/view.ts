/** The two faces of the element, before and after success, as templates of plain values. */
import { html, nothing, type TemplateResult } from 'lit';
import { LIMITS } from '../proxy/limits.ts';
import type { FieldName } from './fields.ts';
import type { MessageKey, Words } from './messages.ts';
import type { Signup } from './signup.ts';

/** What a face shows besides the signup itself. */
export type View = {
  signup: Signup;
  headingLevel: number;
  signInUrl: string;
  supportUrl: string;
  /** What the copy button says. */
  copy: MessageKey;
  /** The words of a string, its places filled. */
  t(words: Words): string;
  onInput(): void;
  onChange(): void;
  onSubmit(event: Event): void;
  onHint(): void;
  onRetry(): void;
  onReset(): void;
  onCopy(): void;
};

const link = (url: string, words: string) =>
  url ? html`<a class="link" href=${url} target="_blank" rel="noopener">${words}</a>` : nothing;

const tick = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m5 13 4 4L19 7" /></svg>`;

const heading = (view: View, words: string) =>
  html`<div class="heading" part="heading" role="heading" aria-level=${view.headingLevel} tabindex="-1">
    ${words}
  </div>`;

function field(view: View, name: FieldName): TemplateResult {
  const { signup, t } = view;
  const isEmail = name === 'email';
  const fault = signup.faults[name];
  return html`<div class="field" part=${fault ? 'field field-invalid' : 'field'}>
    <label for=${name} part="label">${t(name)}${isEmail ? nothing : html` <small>${t('optional')}</small>`}</label>
    <input
      part="input"
      id=${name}
      name=${name}
      type=${isEmail ? 'email' : 'text'}
      inputmode=${isEmail ? 'email' : 'text'}
      autocomplete=${isEmail ? 'email' : 'organization'}
      maxlength=${2 * (isEmail ? LIMITS.emailCodePoints : LIMITS.businessNameCodePoints)}
      dir=${isEmail ? 'ltr' : 'auto'}
      ?required=${isEmail}
      ?readonly=${signup.state === 'submitting' || !!signup.session?.[name]}
      aria-invalid=${!!fault}
      aria-describedby="${name}-error ${name}-help"
      @input=${view.onInput}
      @change=${view.onChange}
    />
    <div id="${name}-error">
      ${fault
        ? html`<p class="error" part="error">
            ${t(fault)} ${fault === 'email_taken' ? link(view.signInUrl, t('signIn')) : nothing}
          </p>`
        : nothing}
    </div>
    ${isEmail
      ? html`${signup.hint
            ? html`<p class="hint">
                <button class="link" type="button" @click=${view.onHint}>${t('hint')}</button>
              </p>`
            : nothing}<small id="email-help">${t('emailHelp')}</small>`
      : nothing}
  </div>`;
}

/** The face with the form: `loading`, `ready`, `submitting`, `failed`. */
export function formView(view: View): TemplateResult {
  const { signup, t } = view;
  const busy = signup.state === 'submitting';
  return html`
    <slot name="heading">${heading(view, t('heading'))}</slot>
    <slot name="description"><p class="muted">${t('description')}</p></slot>
    <form part="form" novalidate aria-busy=${busy} @submit=${view.onSubmit}>
      ${field(view, 'email')}${field(view, 'businessName')}
      <slot name="terms"></slot>
      ${signup.state === 'failed'
        ? html`<div class="alert" part="alert">
            <p>${t('failure')}</p>
            <div>
              ${signup.error?.retryable
                ? html`<button type="button" @click=${view.onRetry}>${t('tryAgain')}</button>`
                : nothing}
              ${link(view.supportUrl, t('support'))}
              ${signup.reference
                ? html`<small>${t('reference')}: <bdi dir="ltr">${signup.reference}</bdi></small>`
                : nothing}
            </div>
          </div>`
        : nothing}
      <button class="submit" part="submit" aria-disabled=${busy}>
        <span class=${busy ? 'off' : ''}>${t('submit')}</span>
        <span class=${busy ? '' : 'off'}>${t('submitting')}</span>
      </button>
      <p class="status">${signup.words ? t(signup.words) : nothing}</p>
    </form>
  `;
}

/** The face after success. */
export function successView(view: View): TemplateResult {
  const { signup, t } = view;
  const { organization, mailedTo } = signup;
  const delivered = organization?.delivery === 'delivered';
  let delivery: MessageKey = signup.unfollowed ? 'undelivered' : 'delivering';
  if (delivered) delivery = 'delivered';
  return html`<div class="success" part="success">
    <div class="top">
      <span class="tick">${tick}</span>
      ${heading(view, t(mailedTo ? 'created' : 'welcomeBack'))}
      ${signup.session?.environment === 'sandbox'
        ? html`<span class="badge" part="badge">${t('sandbox')}</span>`
        : nothing}
    </div>
    <div>
      <label for="key" part="label">${t('key')}</label>
      ${organization?.clientKey
        ? html`<div class="key" part="key">
            <input id="key" part="input" readonly dir="ltr" spellcheck="false" .value=${organization.clientKey} />
            <button part="copy" type="button" @click=${view.onCopy}>${t(view.copy)}</button>
          </div>`
        : html`<p id="key" class="muted" part="key">${t('keyPending')}</p>`}
    </div>
    <slot name="next-steps">
      <ol part="steps" aria-label=${t('steps')}>
        <li><span>${t(mailedTo ? 'passwordMailed' : 'password')}</span></li>
        <li><span>${t('useKey')}</span></li>
        <li class=${delivered ? 'done' : delivery === 'delivering' ? 'waiting' : ''}>
          ${delivered ? tick : nothing}<span>${t(delivery)}</span>
        </li>
      </ol>
    </slot>
    <p class="foot">
      ${mailedTo && view.supportUrl ? html`${t('wrongEmail')} ${link(view.supportUrl, t('support'))}` : nothing}
      ${signup.isOpen
        ? html`${t('notYou')} <button class="link" type="button" @click=${view.onReset}>${t('startAgain')}</button>`
        : nothing}
    </p>
  </div>`;
}
