/**
 * Every face of the element against its approved picture, in the one browser that npm pins, in that
 * browser's own font. `UPDATE_PICTURES=1 npm test -- test/e2e/looks.test.ts` approves what is there:
 * look at the pictures before you commit them.
 */
import assert from '../support/assert.ts';
import { after, before, describe, it } from 'node:test';
import { useChromium } from './chromium.ts';
import { compare } from './picture.ts';
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

/** Of another colour at the most: a missing border, icon or line is more. */
const MOST_OF_ANOTHER_COLOUR = 0.004;

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
  kelviq-onboarding-debug { display: none; }
  .accent { --kelviq-accent: #ffd400; --kelviq-radius: 0; }
`;

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
      const { page } = await chromium.open({ width: width + 32 });
      await page.emulateMedia({ reducedMotion: 'reduce' });
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
        const file = new URL(`pictures/${way}-${face}.png`, import.meta.url);
        const found = await compare(page, file, picture);
        if (typeof found === 'string') wrong.push(`${face}: ${found}`);
        else if (found.share > MOST_OF_ANOTHER_COLOUR)
          wrong.push(`${face}: ${(found.share * 100).toFixed(2)} % of another colour`);
      }
      assert.deepEqual(wrong, []);
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
