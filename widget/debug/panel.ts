/** The panel of the debug script: a list of lines in a corner of the page, in a shadow root of its own. */

/** How a line stands out. */
export type Tone = 'plain' | 'good' | 'bad';

/** Important within a shadow root wins over important outside: no rule of the page hides or moves the panel. */
const CSS = `
:host { all: initial !important; display: block !important; position: fixed !important; inset: auto 1rem 1rem auto !important; z-index: 2147483647 !important; color-scheme: light dark !important; }
details { width: min(28rem, calc(100vw - 2rem)); border: 1px solid; border-radius: 8px; background: light-dark(#fff, #18181b); color: light-dark(#18181b, #fafafa); font: 12px/1.5 ui-monospace, monospace; box-shadow: 0 4px 24px #0003; }
summary { padding: 8px 12px; cursor: pointer; font-weight: 600; }
ol { max-height: 40vh; margin: 0; padding: 0 12px 8px; overflow: auto; list-style: none; }
li { padding: 4px 0; border-top: 1px solid #8884; overflow-wrap: anywhere; white-space: pre-wrap; }
.good { color: light-dark(#067647, #5fdc9d); }
.bad { color: light-dark(#b42318, #ff9b90); }
`;

/** Writes a line to the panel. */
export type Say = (text: string, tone?: Tone) => void;

/** Puts the panel on the page. */
export function createPanel(): Say {
  const host = document.createElement('kelviq-onboarding-debug');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const details = document.createElement('details');
  details.open = true;
  // Whatever the page speaks.
  details.lang = 'en';
  details.dir = 'ltr';
  const summary = document.createElement('summary');
  summary.textContent = 'kelviq-onboarding, debug';
  const list = document.createElement('ol');
  list.tabIndex = 0;
  details.append(summary, list);
  root.append(details);
  const place = () => document.body.append(host);
  if (document.body) place();
  else addEventListener('DOMContentLoaded', place);
  return (text, tone = 'plain') => {
    // An application that renders the whole body takes the panel out of it.
    if (document.body && !host.isConnected) place();
    const line = document.createElement('li');
    line.className = tone;
    line.textContent = text;
    list.prepend(line);
  };
}
