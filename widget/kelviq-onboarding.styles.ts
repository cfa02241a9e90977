/**
 * The element's stylesheet. Every colour, type, space, radius, shadow and motion is a `--kelviq-*` token;
 * directions are logical, so that RTL needs nothing more. It is adopted, not written into the page: a
 * strict CSP lets it.
 *
 * One accent colour is enough. The text on it is black or white, whichever contrasts more: `y` of the XYZ
 * colour space is the luminance that WCAG's contrast is made of, and at 0.18 both have 4.6 to 1. As ink on
 * the card its hue is kept, and its lightness goes to where AA is reached (a test tries 500 accents).
 *
 * It is tagged, and the first import of the element, so that minifiers leave it in front: 34 bytes of brotli.
 */
export const styles = String.raw`
:host {
  display: grid;
  grid: auto / minmax(0, 1fr);
  max-width: var(--kelviq-max-width, 30rem);
}
*,
::before {
  box-sizing: border-box;
  margin: 0;
  padding: 0;
}
div,
form,
ol,
.foot {
  display: grid;
  gap: var(--space);
}
.card {
  --accent: var(--kelviq-accent, #c2410c);
  --text: var(--kelviq-text, light-dark(#18181b, #fafafa));
  --muted: var(--kelviq-muted, color-mix(in oklab, var(--text) 72%, transparent));
  --danger: var(--kelviq-danger, light-dark(#b42318, #ff9b90));
  --ink: light-dark(oklch(from var(--accent) min(l, 0.51) c h), oklch(from var(--accent) max(l, 0.72) c h));
  --on: calc((0.18 - y) * 1e6);
  --radius: var(--kelviq-radius, 0.5rem);
  --space: var(--kelviq-space, 0.5rem);
  width: var(--kelviq-max-width, 30rem);
  min-width: 100%;
  max-width: 100%;
  padding: calc(var(--space) * 3.5);
  border: 1px solid #8884;
  border-radius: calc(var(--radius) * 2);
  background: var(--kelviq-background, light-dark(#fff, #18181b));
  color: var(--text);
  text-transform: none;
  font-family: var(--kelviq-font, inherit);
  font-size: var(--kelviq-font-size, 1rem);
  line-height: 1.5;
  text-align: start;
  white-space: normal;
  overflow-wrap: anywhere;
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
  align-content: start;
}
[role=status] {
  position: absolute;
  clip-path: inset(50%);
}
[part=heading] {
  flex: 1 7em;
  outline: 0;
  font-size: 1.4em;
  font-weight: 600;
}
.row,
.done,
label,
li {
  display: flex;
  gap: calc(var(--space) * 1.5);
}
.row {
  flex-wrap: wrap;
  align-items: center;
}
li > div {
  flex: 1;
}
label {
  flex-wrap: wrap;
  row-gap: 0;
  justify-content: space-between;
  font-weight: 600;
}
small,
label,
[part=error] {
  font-size: 0.9em;
}
small {
  color: var(--muted);
  font-weight: 400;
}
input,
button,
pre,
[part=alert] {
  padding: calc(var(--space) * 1.25) calc(var(--space) * 2);
  border: 1px solid var(--kelviq-border, color-mix(in oklab, var(--text) 55%, transparent));
  border-radius: var(--radius);
  background: var(--kelviq-field, none);
  color: inherit;
  font: inherit;
}
input {
  width: 100%;
  min-width: 0;
}
[dir=rtl] input[dir=ltr] {
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
a,
.link {
  justify-self: start;
  min-height: 24px;
  padding: 0;
  border: 0;
  text-align: start;
  text-decoration: underline;
}
[part=submit] {
  border-color: #0000;
  background: var(--accent);
  color: var(--kelviq-on-accent, color(from var(--accent) xyz var(--on) var(--on) var(--on)));
}
:host([hidden]),
small:empty {
  display: none;
}
[part=badge] {
  padding: 0 0.75em;
}
[part=badge],
li::before,
.done::before {
  border: 1px solid;
  border-radius: 9em;
}
pre,
input:read-only {
  flex: 1 11em;
  background: #8881;
}
#key,
pre {
  font-family: var(--kelviq-code-font, monospace);
}
pre {
  font-size: 0.8em;
  white-space: pre-wrap;
}
[aria-selected=false] {
  color: var(--muted);
  text-decoration: none;
}
li {
  counter-increment: step;
}
li::before,
.done::before {
  content: counter(step);
  flex: none;
  width: 1.75rem;
  height: 1.75rem;
  text-align: center;
}
.done::before {
  content: '✓' / '';
  color: var(--kelviq-success, light-dark(#067647, #5fdc9d));
}
.wait::before {
  content: '…' / '';
  color: inherit;
}
@media (prefers-reduced-motion: no-preference) {
  [part=success],
  [part=alert],
  [part=error],
  .foot {
    animation: in var(--kelviq-motion, 0.2s);
  }
  [aria-disabled=true] {
    animation: in 1s infinite alternate;
  }
}
@keyframes in {
  from {
    translate: 0 2px;
  }
}
`;
