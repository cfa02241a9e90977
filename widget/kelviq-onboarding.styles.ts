/**
 * The element's stylesheet. Every colour, space and radius is a `--kelviq-*` token; directions are
 * logical, so that RTL needs nothing more. It is adopted, not written into the page: a strict CSP lets it.
 */
export const styles = `
:host {
  display: block;
  max-width: var(--kelviq-max-width, 30rem);
}
*,
::before {
  box-sizing: border-box;
  margin: 0;
}
div,
form,
ol {
  display: grid;
  gap: var(--space);
}
.card {
  --accent: var(--kelviq-accent, #c2410c);
  --text: var(--kelviq-text, light-dark(#18181b, #fafafa));
  --border: var(--kelviq-border, color-mix(in oklab, var(--text) 55%, transparent));
  --danger: var(--kelviq-danger, light-dark(#b42318, #ff9b90));
  --ink: color-mix(in oklab, var(--accent) 60%, var(--text));
  --radius: var(--kelviq-radius, 0.5rem);
  --space: var(--kelviq-space, 0.5rem);
  padding: calc(var(--space) * 3.5);
  border: 1px solid #8884;
  border-radius: calc(var(--radius) * 2);
  background: var(--kelviq-background, light-dark(#fff, #18181b));
  color: var(--text);
  font-family: var(--kelviq-font, inherit);
  font-size: 1rem;
  line-height: 1.5;
  box-shadow: var(--kelviq-shadow, 0 1em 2em -1em #0004);
}
.light {
  color-scheme: light;
}
.dark {
  color-scheme: dark;
}
.card,
form,
[part=success],
ol {
  gap: calc(var(--space) * 2.5);
}
[role=status] {
  position: absolute;
  clip-path: inset(50%);
}
[part=heading] {
  flex: 1;
  font-size: 1.4em;
  font-weight: 600;
}
.row,
.key,
label,
li {
  display: flex;
  gap: calc(var(--space) * 1.5);
}
.row,
.key {
  flex-wrap: wrap;
  align-items: center;
}
li {
  overflow-wrap: anywhere;
}
label {
  justify-content: space-between;
  font-weight: 600;
}
small,
label,
[part=error] {
  font-size: 0.9em;
  overflow-wrap: anywhere;
}
small {
  color: var(--kelviq-muted, color-mix(in oklab, var(--text) 72%, transparent));
  font-weight: 400;
}
input,
button,
[part=alert] {
  padding: calc(var(--space) * 1.25) calc(var(--space) * 2);
  border: 1px solid var(--border);
  border-radius: var(--radius);
  background: none;
  color: inherit;
  font: inherit;
}
input {
  width: 100%;
  min-width: 0;
}
input:read-only {
  background: #8881;
}
[dir=rtl] [dir=ltr] {
  text-align: right;
}
[aria-invalid=true],
[part=alert] {
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
[tabindex] {
  outline: 0;
}
a,
.link {
  justify-self: start;
  padding: 0;
  border: 0;
  text-decoration: underline;
}
[part=submit] {
  background: var(--accent);
  color: var(--kelviq-on-accent, #fff);
}
[aria-disabled=true] {
  opacity: 0.75;
  cursor: progress;
}
.foot {
  display: grid;
}
:host([hidden]),
.foot:empty {
  display: none;
}
[part=badge] {
  padding: 0 0.75em;
  border: 1px solid;
  border-radius: 1em;
}
.key input {
  flex: 1 11em;
  font-family: monospace;
}
ol {
  padding: 0;
  counter-reset: step;
}
li::before,
.done::before {
  counter-increment: step;
  content: counter(step);
  flex: none;
  width: 1.75rem;
  height: 1.75rem;
  border: 1px solid;
  border-radius: 50%;
  text-align: center;
}
.done::before {
  content: '✓' / '';
  color: var(--kelviq-success, light-dark(#067647, #5fdc9d));
}
`;
