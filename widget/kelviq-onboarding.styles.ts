/**
 * The element's stylesheet. Every colour, space and radius is a `--kelviq-*` token; directions are
 * logical, so that RTL needs nothing more. It is adopted, not written into the page: a strict CSP lets it.
 */
export const styles = `
:host {
  display: block;
  max-inline-size: var(--kelviq-max-width, 30rem);
}
:host([hidden]),
[hidden] {
  display: none !important;
}
.card {
  --accent: var(--kelviq-accent, #c2410c);
  --background: var(--kelviq-background, light-dark(#fff, #18181b));
  --text: var(--kelviq-text, light-dark(#18181b, #fafafa));
  --muted: var(--kelviq-muted, light-dark(#5b5b66, #a6a6b1));
  --border: var(--kelviq-border, light-dark(#85858f, #7c7c87));
  --danger: var(--kelviq-danger, light-dark(#b42318, #ff9b90));
  --success: var(--kelviq-success, light-dark(#067647, #5fdc9d));
  --radius: var(--kelviq-radius, 0.5rem);
  --space: var(--kelviq-space, 0.5rem);
  --ink: color-mix(in oklab, var(--accent), light-dark(#7c2d12, #fff) 40%);
  padding: calc(var(--space) * 3.5);
  border-radius: calc(var(--radius) * 2);
  background: var(--background);
  color: var(--text);
  font-family: var(--kelviq-font, inherit);
  font-size: 1rem;
  line-height: 1.5;
  box-shadow: var(--kelviq-shadow, 0 0 0 1px #80808040, 0 12px 32px -12px #0004);
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
[role='status'] {
  position: absolute;
  clip-path: inset(50%);
}
[part=heading] {
  flex: 1 1 10rem;
  font-size: 1.4em;
  font-weight: 650;
  line-height: 1.25;
  outline: 0;
}
.stack,
ol {
  display: grid;
  gap: calc(var(--space) * 2.5);
}
form {
  margin-block-start: calc(var(--space) * 2.5);
}
.muted {
  margin-block-start: var(--space);
}
.muted,
small,
.foot {
  color: var(--muted);
}
small,
[part=error],
[part=badge],
label,
.foot {
  font-size: 0.9em;
}
[part=error],
.link,
.link + small {
  display: block;
  margin-block-start: var(--space);
}
label {
  justify-content: space-between;
  font-weight: 600;
  margin-block-end: var(--space);
}
label small {
  font-weight: 400;
}
input,
button {
  padding: calc(var(--space) * 1.25) calc(var(--space) * 2);
  border: 1px solid var(--border);
  border-radius: var(--radius);
  background: none;
  color: inherit;
  font: inherit;
}
input {
  inline-size: 100%;
  min-inline-size: 0;
}
input:read-only,
button:hover {
  background: color-mix(in oklab, transparent, var(--text) 6%);
}
[dir='rtl'] [dir='ltr'] {
  text-align: right;
}
[aria-invalid='true'] {
  border-color: var(--danger);
}
[part=error] {
  color: var(--danger);
}
button,
a {
  color: var(--ink);
  font-weight: 600;
  cursor: pointer;
}
:focus-visible {
  outline: 2px solid var(--ink);
  outline-offset: 2px;
}
a,
.link {
  padding: 0.15em 0;
  border: 0;
  text-align: start;
  text-decoration: underline;
}
[part=submit] {
  display: grid;
  place-items: center;
  background: var(--accent) !important;
  color: var(--kelviq-on-accent, #fff);
}
[part=submit] span {
  grid-area: 1/1;
}
[part=submit] [hidden] {
  display: block !important;
  visibility: hidden;
}
[aria-disabled='true'] {
  cursor: progress;
  opacity: 0.75;
}
.foot {
  display: grid;
  justify-items: center;
  text-align: center;
}
[part=alert] {
  padding: calc(var(--space) * 2);
  border: 1px solid var(--danger);
  border-radius: var(--radius);
}
.row,
.key,
label,
li {
  display: flex;
  gap: calc(var(--space) * 1.5);
}
.row {
  flex-wrap: wrap;
  align-items: center;
}
[part=alert] .row {
  margin-block-start: var(--space);
}
bdi,
li {
  overflow-wrap: anywhere;
}
svg {
  inline-size: 1.25rem;
  fill: none;
  stroke: var(--success);
  stroke-width: 2.5;
}
.tick {
  display: grid;
  padding: 0.6rem;
  border-radius: 50%;
  background: color-mix(in oklab, transparent, var(--success) 15%);
}
[part=badge] {
  padding: 0 0.75em;
  border: 1px solid;
  border-radius: 1em;
  color: var(--muted);
}
.key input {
  font-family: monospace;
}
.key button {
  min-inline-size: 6em;
}
ol {
  padding: 0;
  counter-reset: step;
}
li::before,
li svg {
  counter-increment: step;
  content: counter(step);
  flex: none;
  inline-size: 1.75rem;
  block-size: 1.75rem;
  border: 1px solid var(--border);
  border-radius: 50%;
  text-align: center;
}
li svg {
  padding: 0.25rem;
}
.done::before {
  display: none;
}
.delivering::before {
  content: '';
  border-width: 2px;
  border-block-start-color: transparent;
  animation: turn 1s linear infinite;
}
@keyframes turn {
  to {
    rotate: 1turn;
  }
}
@media (prefers-reduced-motion) {
  li::before {
    animation: none !important;
  }
}
@media (forced-colors: active) {
  .card {
    border: 1px solid;
  }
}
`;
