/** Measures whether the colours that an element really shows meet WCAG AA, whatever tokens made them. */

/** A pair of colours that is too close: what it is, its contrast, and what WCAG AA asks for. */
export type Weak = { what: string; tokens: string; ratio: number; least: number };

type Rgb = [number, number, number];

/** One pixel to paint colours on: the browser itself turns every notation into sRGB, transparency included. */
const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;

function painted(...layers: string[]): Rgb {
  context.fillStyle = '#fff';
  context.fillRect(0, 0, 1, 1);
  for (const layer of layers) {
    context.fillStyle = layer;
    context.fillRect(0, 0, 1, 1);
  }
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of a colour on layers of backgrounds, the lowest first; 1 to 21. */
export function contrast(colour: string, ...layers: string[]): number {
  const [one, other] = [luminance(painted(...layers, colour)), luminance(painted(...layers))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** Whatever stands below AA in what an element shows now. */
export function weakContrasts(element: HTMLElement): Weak[] {
  const root = element.shadowRoot;
  const card = root?.querySelector('.card');
  if (!root || !card) return [];
  const { backgroundColor: paper } = getComputedStyle(card);
  const measured = (what: string, tokens: string, selector: string, least: number, property = 'color') => {
    const found = root.querySelector(selector);
    if (!found) return [];
    const style = getComputedStyle(found);
    const ratio =
      property === 'color'
        ? contrast(style.color, paper, style.backgroundColor)
        : contrast(style.getPropertyValue(property), paper);
    return ratio < least ? [{ what, tokens, ratio, least }] : [];
  };
  return [
    measured('Text', '--kelviq-text on --kelviq-background', '[part=heading], label', 4.5),
    measured('Secondary text', '--kelviq-muted on --kelviq-background', 'small', 4.5),
    measured('The submit button', '--kelviq-on-accent on --kelviq-accent', '[part=submit]', 4.5),
    measured('Links', '--kelviq-accent on --kelviq-background', 'a, .link', 4.5),
    measured('An error', '--kelviq-danger on --kelviq-background', '[part=error]', 4.5),
    measured(
      'The edge of an input',
      '--kelviq-border on --kelviq-background',
      'input',
      3,
      'border-top-color',
    ),
  ].flat();
}
