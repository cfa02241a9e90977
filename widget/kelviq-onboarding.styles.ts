/** Every colour, space and radius is a `--kelviq-*` token; directions are logical, so that RTL needs nothing more. */
import { css } from 'lit';

/** The element's stylesheet; constructable, so that a strict CSP lets it through. */
export const styles = css`
  :host {
    display: block;
    max-inline-size: var(--kelviq-max-width, 30rem);
  }
  :host([hidden]) {
    display: none;
  }
  .card {
    --accent: var(--kelviq-accent, #c2410c);
    --on-accent: var(--kelviq-on-accent, #fff);
    --background: var(--kelviq-background, light-dark(#fff, #18181b));
    --text: var(--kelviq-text, light-dark(#18181b, #fafafa));
    --muted: var(--kelviq-muted, light-dark(#5b5b66, #a6a6b1));
    --line: var(--kelviq-border, light-dark(#e4e4e7, #34343b));
    --edge: var(--kelviq-field-border, light-dark(#85858f, #7c7c87));
    --danger: var(--kelviq-danger, light-dark(#b42318, #ff9b90));
    --success: var(--kelviq-success, light-dark(#067647, #5fdc9d));
    --radius: var(--kelviq-radius, 0.5rem);
    --space: var(--kelviq-space, 0.5rem);
    --ink: color-mix(in oklab, var(--accent), light-dark(#000 12%, #fff 50%));
    box-sizing: border-box;
    padding: calc(var(--space) * 3.5);
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) * 2);
    background: var(--background);
    color: var(--text);
    font: 400 1rem/1.5 var(--kelviq-font, inherit);
    box-shadow: var(--kelviq-shadow, 0 1px 2px #0000000d, 0 12px 32px -12px #0000001f);
    overflow-wrap: anywhere;
  }
  .light {
    color-scheme: light;
  }
  .dark {
    color-scheme: dark;
  }
  *,
  ::before {
    box-sizing: border-box;
    margin: 0;
  }
  .said {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .heading {
    font-size: 1.375em;
    font-weight: 650;
    line-height: 1.25;
    letter-spacing: -0.015em;
    text-wrap: balance;
    outline: 0;
  }
  .muted {
    color: var(--muted);
    margin-block-start: var(--space);
  }
  small,
  .error,
  .hint {
    display: block;
    font-size: 0.875em;
    margin-block-start: calc(var(--space) * 0.75);
    color: var(--muted);
  }
  .field,
  form > * {
    margin-block-start: calc(var(--space) * 2.5);
  }
  form:focus,
  [hidden] {
    outline: 0;
  }
  label {
    display: flex;
    justify-content: space-between;
    align-items: baseline;
    font-weight: 550;
    font-size: 0.9375em;
    margin-block-end: calc(var(--space) * 0.75);
  }
  label small {
    margin: 0;
    font-weight: 400;
  }
  input {
    display: block;
    inline-size: 100%;
    min-inline-size: 0;
    padding: calc(var(--space) * 1.25) calc(var(--space) * 1.5);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--kelviq-field-background, light-dark(#fff, #0e0e11));
    color: inherit;
    font: inherit;
    transition: border-color 0.15s;
  }
  [dir='rtl'] input[dir='ltr'] {
    text-align: right;
  }
  input:read-only {
    background: color-mix(in oklab, var(--background), var(--text) 5%);
  }
  [aria-invalid='true'] {
    border-color: var(--danger);
    box-shadow: inset 0 0 0 1px var(--danger);
  }
  .error {
    color: var(--danger);
    font-weight: 500;
  }
  button,
  a {
    font: inherit;
    color: var(--ink);
  }
  :focus-visible {
    outline: 2px solid var(--ink);
    outline-offset: 2px;
  }
  button {
    cursor: pointer;
    padding: calc(var(--space) * 1.25) calc(var(--space) * 2);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: none;
    font-weight: 600;
    transition:
      background 0.15s,
      opacity 0.15s;
  }
  button:hover {
    background: color-mix(in oklab, transparent, var(--ink) 8%);
  }
  .link {
    padding: 0;
    border: 0;
    background: none;
    font-weight: 550;
    text-decoration: underline;
    text-underline-offset: 0.15em;
    min-block-size: 1.5rem;
  }
  .submit {
    display: grid;
    inline-size: 100%;
    justify-items: center;
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }
  .submit:hover {
    background: color-mix(in oklab, var(--accent), #000 12%);
  }
  .submit > * {
    grid-area: 1/1;
  }
  .submit .off {
    visibility: hidden;
  }
  .submit[aria-disabled='true'] {
    cursor: progress;
    opacity: 0.75;
  }
  .status:empty {
    display: none;
  }
  .status,
  .foot {
    color: var(--muted);
    font-size: 0.9375em;
    text-align: center;
  }
  .alert {
    padding: calc(var(--space) * 1.75);
    border: 1px solid color-mix(in oklab, var(--danger), transparent 55%);
    border-radius: var(--radius);
    background: color-mix(in oklab, var(--background), var(--danger) 6%);
  }
  .alert > div {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space) calc(var(--space) * 2);
    margin-block-start: var(--space);
  }
  .alert small,
  .foot small {
    margin: 0;
  }
  .success {
    display: grid;
    gap: calc(var(--space) * 3);
  }
  .top {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: calc(var(--space) * 1.5);
  }
  .top .heading {
    flex: 1 1 10rem;
  }
  svg {
    inline-size: 1.25rem;
    flex: none;
    fill: none;
    stroke: currentcolor;
    stroke-width: 2.5;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .tick {
    display: grid;
    place-items: center;
    inline-size: 2.5rem;
    block-size: 2.5rem;
    border-radius: 50%;
    color: var(--success);
    background: color-mix(in oklab, var(--background), var(--success) 15%);
  }
  .badge {
    padding: 0.1em 0.75em;
    border: 1px solid var(--edge);
    border-radius: 1em;
    font-size: 0.8125em;
    font-weight: 600;
    color: var(--muted);
  }
  .key {
    display: flex;
    gap: var(--space);
  }
  .key input {
    font-family: ui-monospace, monospace;
    font-size: 0.9375em;
    text-overflow: ellipsis;
  }
  ol {
    display: grid;
    gap: calc(var(--space) * 1.75);
    padding: 0;
    list-style: none;
    counter-reset: step;
  }
  li {
    display: grid;
    grid-template-columns: 1.75rem 1fr;
    gap: calc(var(--space) * 1.5);
    counter-increment: step;
  }
  li::before,
  li > svg {
    content: counter(step);
    inline-size: 1.75rem;
    block-size: 1.75rem;
    border: 1px solid var(--line);
    border-radius: 50%;
    text-align: center;
    font-size: 0.875em;
    line-height: 1.625rem;
    font-weight: 600;
    color: var(--muted);
  }
  .waiting::before {
    content: '';
    border: 2px solid var(--line);
    border-block-start-color: var(--ink);
    animation: turn 1s linear infinite;
  }
  .done::before {
    content: none;
  }
  li > svg {
    padding: 0.3rem;
    color: var(--success);
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
    }
    .waiting::before {
      animation: none;
      border-style: dotted;
    }
  }
  @media (forced-colors: active) {
    .submit,
    .tick {
      border: 1px solid;
    }
  }
`;
