/**
 * Every face of the element against its approved picture, in the one browser that npm pins, in that
 * browser's own font. `UPDATE_PICTURES=1 npm test -- test/e2e/looks.test.ts` approves what is there:
 * look at the pictures before you commit them.
 */
import assert from '../support/assert.ts';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { useChromium } from './chromium.ts';
import { compare, difference, type Difference } from './picture.ts';
import { startSystem, type System } from './system.ts';

const FACES = [
  'ready',
  'invalid',
  'hint',
  'email_taken',
  'checking',
  'submitting',
  'busy',
  'timed_out',
  'rate_limited',
  'success',
  'delivered',
  'key_pending',
] as const;

/** Of a square of 40 px, of another colour at the most: a missing border, icon or word is more. */
const MOST_OF_ANOTHER_COLOUR = 0.05;

type Way = { name: string; width: number; attributes: string; faces: readonly string[] };

const WAYS: readonly Way[] = [
  { name: 'light', width: 480, attributes: 'theme="light"', faces: FACES },
  { name: 'dark', width: 480, attributes: 'theme="dark"', faces: FACES },
  { name: 'narrow', width: 280, attributes: 'theme="light"', faces: ['ready', 'email_taken', 'success'] },
  {
    name: 'accent',
    width: 480,
    attributes: 'theme="light" class="accent"',
    faces: ['ready', 'submitting', 'success'],
  },
  // English words from right to left: the layout, without a script for which a machine may lack the font.
  {
    name: 'rtl',
    width: 480,
    attributes: 'theme="light" class="rtl"',
    faces: ['ready', 'email_taken', 'success'],
  },
];

const STYLE = `
  html { font: 16px/1.5 'Open Sans', sans-serif; }
  body { margin: 0; padding: 16px; background: #808080; }
  .accent { --kelviq-accent: #ffd400; --kelviq-radius: 0; }
`;

const fileOf = (way: string, face: string) => new URL(`pictures/${way}-${face}.png`, import.meta.url);

/** In words, what is too much of a difference; '' when a picture may pass for the approved one. */
function unlike(found: Difference | 'not approved'): string {
  if (typeof found === 'string') return found;
  return found.share > MOST_OF_ANOTHER_COLOUR
    ? `${(found.share * 100).toFixed()} % of a square of another colour`
    : '';
}

describe('the element looks as approved', () => {
  process.env['CHROME_PATH'] = 'bundled';
  const chromium = useChromium();
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system?.close());

  for (const { name: way, width, attributes, faces } of WAYS)
    it(way, async () => {
      const { page } = await chromium.open();
      // So high that the panel of the debug script, which no style hides, stands far below the element.
      await page.setViewportSize({ width: width + 32, height: 2400 });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      // One of the faces shows a reference that is made of the customer's key.
      await page.addInitScript('crypto.getRandomValues = (bytes) => bytes.fill(7)');
      const wrong: string[] = [];
      for (const face of faces) {
        system.serve(`/${way}-${face}`, {
          html: `<!doctype html><html lang="en"><head><style>${STYLE}</style>
            <script type="module" src="PROXY/kelviq-onboarding.debug.js"></script>
            <script type="module" src="PROXY/kelviq-onboarding.js"></script></head>
            <body><kelviq-onboarding partner-name="Acme" support-url="https://acme.example/help"
              preview="${face}" ${attributes}></kelviq-onboarding></body></html>`,
        });
        await page.goto(`${system.partnerOrigin}/${way}-${face}`);
        const element = page.locator('kelviq-onboarding');
        await element.locator('[part~=form], [part~=success]').first().waitFor();
        await settled(page, face);
        if (way === 'rtl')
          await element.evaluate(({ shadowRoot }) =>
            shadowRoot?.querySelector('.card')?.setAttribute('dir', 'rtl'),
          );
        const picture = await element.screenshot({ animations: 'disabled' });
        const found = unlike(await compare(page, fileOf(way, face), picture));
        if (found) wrong.push(`${face}: ${found}`);
      }
      assert.deepEqual(wrong, []);
    });

  for (const { name: way, faces } of WAYS)
    it(`${way}: no face passes for another`, async () => {
      const { page } = await chromium.open();
      const pictures = faces.map((face) => readFileSync(fileOf(way, face)));
      const alike: string[] = [];
      for (const [index, picture] of pictures.entries())
        for (const [other, swapped] of pictures.slice(0, index).entries())
          if (!unlike(await difference(page, swapped, picture)))
            alike.push(`${faces[index]} and ${faces[other]}`);
      assert.deepEqual(alike, []);
    });
});

/** Waits until the face is the one that was asked for, by a word or a state that only it has. */
async function settled(page: import('playwright-core').Page, face: string): Promise<void> {
  const SIGNS: Record<string, string> = {
    ready: ':state(ready)',
    invalid: '[aria-invalid=true]',
    hint: 'form .link',
    email_taken: '[aria-invalid=true]',
    checking: ':state(submitting)',
    submitting: ':state(submitting)',
    busy: ':state(submitting)',
    timed_out: '[part~=alert]',
    rate_limited: '[part~=alert]',
  };
  const sign = SIGNS[face] ?? '[part~=success]';
  await page
    .locator(sign.startsWith(':') ? `kelviq-onboarding${sign}` : `kelviq-onboarding ${sign}`)
    .first()
    .waitFor();
  // Words and steps that come a moment later: the page is at rest when two frames are alike.
  for (let last = '', now = ' '; last !== now;) {
    last = now;
    await page.waitForTimeout(face === 'checking' ? 900 : 250);
    now = await page.locator('kelviq-onboarding').evaluate(({ shadowRoot }) => shadowRoot?.innerHTML ?? '');
  }
}
