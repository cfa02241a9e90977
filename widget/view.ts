/**
 * The two faces of the element, before and after success, as templates of plain values. Listeners are
 * properties, and every property has a dot: the drop-in's Lit knows no other kind.
 */
import { html, type TemplateResult } from 'lit/html.js';
import { resolve } from './client.ts';
import type { FieldName } from './fields.ts';
import { fill, type Words } from './messages.ts';
import type { Signup } from './signup.ts';
import type { Snippet } from './snippets.ts';

/** What a face shows besides the signup itself. */
export type View = {
  signup: Signup;
  settings: { headingLevel: number; signInUrl: string; supportUrl: string };
  /** Id of what was copied a moment ago. */
  copiedId: string;
  /** Code to paste, once it is there, and which of it is shown. */
  snippets: readonly Snippet[];
  tab: number;
  /** The words of a string, its places filled. */
  t: (words: Words) => string;
  onInput: () => void;
  onSubmit: (event: Event) => void;
  onHint: () => void;
  onCopy: (id: string) => void;
  onTab: (tab: number) => void;
  onTabKey: (event: KeyboardEvent) => void;
};

/** A link to where a person may go; an address that would run as code is none. */
const link = (url: string, words: string) =>
  /^(?:https?|mailto|tel):/.test(resolve(url)) ? html`<a href=${url} target="_blank">${words}</a>` : '';

const heading = (view: View, words: string) =>
  html`<div part="heading" role="heading" aria-level=${view.settings.headingLevel} tabindex="-1">
    ${words}
  </div>`;

/** What is wrong with a field, where something is. */
const errorOf = ({ signup, settings, t }: View, name: FieldName) => {
  const fault = signup.shown.faults[name];
  return fault
    ? html`<p part="error" id=${`${name}-error`}>
        ${t(fault)} ${fault === 'email_taken' ? link(settings.signInUrl, t('signIn')) : ''}
      </p>`
    : '';
};

/**
 * The face with the form: `loading`, `ready`, `submitting`, `failed`. Each field is written out, though they are
 * alike: a place for a value costs time at the first render, and what never changes needs none. A `maxlength`
 * counts UTF-16 units, two for each code point of `MOST`.
 */
export function formView(view: View): TemplateResult {
  const { signup, t } = view;
  const { state, error, trace, words, faults, meant, session } = signup.shown;
  const isBusy = state === 'submitting';
  return html`
    <div>
      <slot name="heading">${heading(view, t('heading'))}</slot>
      <slot name="description"><small>${t('description')}</small></slot>
    </div>
    <form part="form" novalidate .onsubmit=${view.onSubmit}>
      <div part=${faults.email ? 'field field-invalid' : 'field'}>
        <label for="email" part="label">${t('email')}</label>
        <input
          part="input"
          id="email"
          name="email"
          type="email"
          inputmode="email"
          autocomplete="email"
          required
          maxlength="508"
          dir="ltr"
          .readOnly=${isBusy || session?.email}
          aria-invalid=${!!faults.email}
          aria-describedby="email-error email-help"
          .oninput=${view.onInput}
          .onchange=${signup.offerHint}
        />
        ${errorOf(view, 'email')}
        ${meant ? html`<button type="button" class="link" .onclick=${view.onHint}>${t('hint')}</button>` : ''}
        <small id="email-help">${t('emailHelp')}</small>
      </div>
      <div part=${faults.businessName ? 'field field-invalid' : 'field'}>
        <label for="businessName" part="label">${t('businessName')} <small>${t('optional')}</small></label>
        <input
          part="input"
          id="businessName"
          name="businessName"
          type="text"
          inputmode="text"
          autocomplete="organization"
          maxlength="400"
          dir="auto"
          .readOnly=${isBusy || session?.businessName}
          aria-invalid=${!!faults.businessName}
          aria-describedby="businessName-error"
          .oninput=${view.onInput}
          .onchange=${signup.offerHint}
        />
        ${errorOf(view, 'businessName')}
      </div>
      <slot name="terms"></slot>
      ${
        state === 'failed'
          ? html`<div part="alert">
              <p>${t('failure')}</p>
              <p class="row">
                ${
                  error?.retryable
                    ? html`<button type="button" .onclick=${signup.retry}>${t('tryAgain')}</button>`
                    : ''
                }
                ${link(view.settings.supportUrl, t('support'))}
                <small>${t('reference')} <bdi dir="ltr">${trace}</bdi></small>
              </p>
            </div>`
          : ''
      }
      <button part="submit" aria-disabled=${isBusy}>${t(isBusy ? 'submitting' : 'submit')}</button>
      <small class="foot">${words ? t(words) : ''}</small>
    </form>
  `;
}

const copyButton = ({ copiedId, t, onCopy }: View, id: string, about = id) =>
  html`<button type="button" part="copy" aria-describedby=${about} .onclick=${() => onCopy(id)}>
    ${t(copiedId === id ? 'copied' : 'copy')}
  </button>`;

/** The code to paste, a tab for each platform. */
function codeView(view: View, { name, docs, code }: Snippet, values: Record<string, string>) {
  const { tab, t } = view;
  return html`<div class="row" role="tablist" aria-label=${t('install')} .onkeydown=${view.onTabKey}>
      ${view.snippets.map(
        (snippet, index) =>
          html`<button
            type="button"
            class="link"
            role="tab"
            aria-selected=${index === tab}
            aria-controls="panel"
            tabindex=${index === tab ? 0 : -1}
            .onclick=${() => view.onTab(index)}
          >
            ${snippet.name}
          </button>`,
      )}
    </div>
    <div id="panel" role="tabpanel" aria-label=${name}>
      <pre id="code" dir="ltr">${fill(code, values)}</pre>
      <div class="row">${copyButton(view, 'code', 'panel')} ${link(docs, t('docs'))}</div>
    </div>`;
}

/** The face after success. */
export function successView(view: View): TemplateResult {
  const { signup, t } = view;
  const { organization, mailedTo, isUnfollowed, session } = signup.shown;
  const isDelivered = organization?.delivery === 'delivered';
  const key = organization?.clientKey;
  const snippet = view.snippets[view.tab];
  return html`<div part="success">
    <div class="row done">
      ${heading(view, t(mailedTo ? 'created' : 'welcomeBack'))}
      ${session?.environment === 'sandbox' ? html`<small part="badge">${t('sandbox')}</small>` : ''}
    </div>
    <div part="key">
      <label for="key" part="label">${t('key')}</label>
      ${
        key
          ? html`<div class="row">
              <input id="key" part="input" readonly dir="ltr" .value=${key} />${copyButton(view, 'key')}
            </div>`
          : html`<small>${t('keyPending')}</small>`
      }
      <small class=${isDelivered ? 'done' : 'done wait'}
        >${t(isDelivered ? 'delivered' : isUnfollowed ? 'undelivered' : 'delivering')}</small
      >
    </div>
    <slot name="next-steps">
      <ol part="steps">
        <li>${t(mailedTo ? 'passwordMailed' : 'password')}</li>
        <li>${t('useKey')}</li>
        <li>
          <div>
            ${t('install')}${key && snippet && session ? codeView(view, snippet, { key, environment: session.environment }) : ''}
          </div>
        </li>
      </ol>
    </slot>
    <small class="foot">
      ${mailedTo ? link(view.settings.supportUrl, t('wrongEmail')) : ''}
      ${
        organization?.externalId.startsWith('ks_')
          ? html`<button type="button" class="link" .onclick=${signup.reset}>${t('notYou')}</button>`
          : ''
      }
    </small>
  </div>`;
}
