// The playground: what a partner may choose, live on the widget, and the snippet that follows it.
import { attributesOf, snippetsOf } from './snippets.js';

const YEAR_S = 31_536_000;
/** Everything on localhost shares its cookies, whatever the port: an app of the visitor's own has some too. */
const PREFIX = 'playground-';
const byId = (id) => document.getElementById(id);
const checked = (name) => document.querySelector(`input[name=${name}]:checked`).value;

/** What is chosen now: `{ mode, theme, locale, accent, width, partnerName }`; empty where the default holds. */
export function choices() {
  return {
    mode: checked('mode'),
    theme: checked('theme'),
    locale: byId('locale').value,
    accent: byId('own-accent').checked ? byId('accent').value : '',
    width: Number(checked('width')),
    partnerName: byId('partner-name').value.trim(),
  };
}

/** In cookies, so that the page comes back as it was, and the server draws its mode and theme from the start. */
function keep() {
  for (const [name, value] of Object.entries(choices()))
    document.cookie = `${PREFIX}${name}=${encodeURIComponent(value)}; path=/; samesite=strict; max-age=${YEAR_S}`;
}

function kept() {
  const own = document.cookie.split('; ').filter((pair) => pair.startsWith(PREFIX));
  const pairs = own.map((pair) => pair.slice(PREFIX.length).split('='));
  return Object.fromEntries(pairs.map(([name, value = '']) => [name, decodeURIComponent(value)]));
}

/** Puts the choices on a widget: attributes as a page has them, the accent as a rule of the page would. */
export function dress(widget) {
  const chosen = choices();
  const attributes = attributesOf(chosen);
  for (const name of ['session-url', 'partner-name', 'locale', 'theme']) {
    const value = attributes[name];
    if (value === undefined) widget.removeAttribute(name);
    else if (widget.getAttribute(name) !== value) widget.setAttribute(name, value);
  }
  if (chosen.accent) widget.style.setProperty('--kelviq-accent', chosen.accent);
  else widget.style.removeProperty('--kelviq-accent');
  widget.style.maxInlineSize = chosen.width ? `${chosen.width}px` : '';
}

function languageOptions(languages) {
  const own = document.createElement('option');
  own.value = '';
  own.textContent = 'As the page';
  const others = languages.map((tag) => {
    const option = document.createElement('option');
    option.value = tag;
    option.lang = tag;
    const name = new Intl.DisplayNames(tag, { type: 'language', fallback: 'none' }).of(tag);
    option.textContent = name ? name.replace(/^./u, (letter) => letter.toLocaleUpperCase(tag)) : tag;
    return option;
  });
  const collator = new Intl.Collator('en');
  return [own, ...others.toSorted((a, b) => collator.compare(a.textContent, b.textContent))];
}

function pick(name, value) {
  const input = document.querySelector(`input[name=${name}][value="${CSS.escape(value)}"]`);
  if (input) input.checked = true;
}

function showSnippet() {
  byId('snippet').textContent = snippetsOf(choices())[checked('snippet')];
}

function apply() {
  document.documentElement.dataset.theme = choices().theme;
  keep();
  showSnippet();
}

async function copySnippet() {
  const button = byId('copy-snippet');
  await navigator.clipboard.writeText(byId('snippet').textContent);
  button.textContent = 'Copied';
  button.addEventListener('blur', () => (button.textContent = 'Copy'), { once: true });
  byId('announce').textContent = 'Snippet copied.';
}

/**
 * Makes the controls work. `settings`: `{ languages }`; `mode` is the one that the page was drawn
 * in; `startOver` begins with another customer, which a change of mode needs; `widget` gives the one on the page.
 */
export function startPlayground({ settings, mode, widget, startOver }) {
  const { theme = 'auto', locale = '', accent = '', width = '0', partnerName } = kept();
  byId('locale').append(...languageOptions(settings.languages));
  byId('locale').value = settings.languages.includes(locale) ? locale : '';
  pick('mode', mode);
  pick('theme', theme);
  pick('width', width);
  if (/^#[\da-f]{6}$/.test(accent)) {
    byId('accent').value = accent;
    byId('own-accent').checked = true;
  }
  if (partnerName !== undefined) byId('partner-name').value = partnerName;

  byId('accent').addEventListener('input', () => (byId('own-accent').checked = true));
  byId('playground').addEventListener('input', (event) => {
    apply();
    if (event.target.name === 'mode') void startOver();
    else dress(widget());
  });
  byId('snippet-choice').addEventListener('input', () => showSnippet());
  byId('copy-snippet').addEventListener('click', () => void copySnippet());
  apply();
  dress(widget());
}
