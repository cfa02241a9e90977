import { expect } from '@open-wc/testing';
import { contrast, weakContrasts } from '../../widget/debug/contrast.ts';
import { mount, page, setUp } from './scripted.ts';

/** Accents all over the colour space: every hue, from black to white, from grey to vivid. */
const ACCENTS = [0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330].flatMap((hue) =>
  [0, 10, 25, 40, 50, 60, 75, 90, 100].flatMap((lightness) =>
    [0, 30, 60, 80, 100].map((saturation) => `hsl(${hue} ${saturation}% ${lightness}%)`),
  ),
);

describe('one accent colour', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => {
    world.stop();
    document.documentElement.style.cssText = '';
  });

  for (const scheme of ['light', 'dark'])
    it(`is enough for AA, ${scheme}: ${ACCENTS.length} of them`, async () => {
      document.documentElement.style.colorScheme = scheme;
      const element = await mount();
      await page(element).signUp('ana@gmial.com');
      const style = (selector: string) => getComputedStyle(page(element).find(selector)!);
      const [card, submit, link] = ['.card', '[part=submit]', 'form .link'].map(style);
      const weak: string[] = [];
      for (const accent of ACCENTS) {
        element.style.setProperty('--kelviq-accent', accent);
        const onAccent = contrast(submit!.color, submit!.backgroundColor);
        const ink = contrast(link!.color, card!.backgroundColor);
        if (onAccent < 4.5 || ink < 4.5) weak.push(`${accent}: ${onAccent.toFixed(2)}, ${ink.toFixed(2)}`);
      }
      expect(weak).to.be.empty;
    });

  it('can be helped along by hand', async () => {
    const element = await mount();
    element.style.setProperty('--kelviq-on-accent', 'rgb(1, 2, 3)');
    expect(getComputedStyle(page(element).part('submit')!).color).to.equal('rgb(1, 2, 3)');
  });

  it('is warned of where other tokens fail', async () => {
    const element = await mount();
    expect(weakContrasts(element)).to.be.empty;
    element.style.setProperty('--kelviq-muted', '#ccc');
    expect(weakContrasts(element).map(({ tokens }) => tokens)).to.deep.equal([
      '--kelviq-muted on --kelviq-background',
    ]);
  });
});

describe('a page with styles of its own', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  for (const css of ['display: grid; justify-items: center', 'display: inline-block', 'text-align: center'])
    it(`neither moves nor bends it by ${css}`, async () => {
      const element = await mount();
      element.parentElement!.style.cssText = css;
      const form = element.offsetWidth;
      await page(element).signUp('');
      expect(element.offsetWidth).to.equal(form);
      expect(getComputedStyle(page(element).part('error')!).textAlign).to.equal('start');
      await page(element).signUp();
      expect(element.state).to.equal('success');
      expect(element.offsetWidth).to.equal(form);
    });

  it('shows no key, code or reference in capitals', async () => {
    const element = await mount();
    element.parentElement!.style.textTransform = 'uppercase';
    await page(element).signUp();
    for (const shown of ['#key', '#code', '[part=steps]'])
      expect(getComputedStyle(page(element).find(shown)!).textTransform).to.equal('none');
  });

  it('does not make it wider than its place', async () => {
    const element = await mount();
    element.parentElement!.style.cssText = 'display: grid; place-items: center; width: 18rem';
    expect(element.offsetWidth).to.equal(288);
    expect(page(element).find('.card')!.offsetWidth).to.equal(288);
    element.style.cssText = 'max-width: none; width: 100%';
    element.parentElement!.style.width = '40rem';
    expect(page(element).find('.card')!.offsetWidth).to.equal(640);
  });
});
