/**
 * Compares a picture with the approved one, as a person would: a little smaller, so that the edges of
 * letters do not count, and by how much of it has another colour.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** Pixels of the picture for each that is compared, along one side. */
const SCALE = 4;
/** Of 255, in any channel: fonts are drawn a little lighter or bolder from one machine to the next. */
const TOLERANCE = 48;

/** What a comparison found: the share of another colour (0 to 1), or that nothing has been approved. */
export type Difference = { share: number } | 'not approved' | 'another size';

/** Approves `picture` when `UPDATE_PICTURES` is set; else compares it with the one approved before, in `page`. */
export async function compare(page: Page, approved: URL, picture: Buffer): Promise<Difference> {
  if (process.env['UPDATE_PICTURES']) {
    writeFileSync(approved, picture);
    return { share: 0 };
  }
  if (!existsSync(approved)) return 'not approved';
  const urls = [readFileSync(approved), picture].map(
    (bytes) => `data:image/png;base64,${bytes.toString('base64')}`,
  );
  return page.evaluate(
    async ([images, scale, tolerance]) => {
      const drawn = await Promise.all(
        images.map(async (src) => {
          const image = new Image();
          image.src = src;
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = Math.ceil(image.width / scale);
          canvas.height = Math.ceil(image.height / scale);
          const context = canvas.getContext('2d', { willReadFrequently: true })!;
          context.drawImage(image, 0, 0, canvas.width, canvas.height);
          const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
          return { width: image.width, height: image.height, data };
        }),
      );
      const [a, b] = drawn;
      // A line more or less of one text in one language is a change; a pixel of rounding is none.
      if (!a || !b || Math.abs(a.width - b.width) > scale || Math.abs(a.height - b.height) > scale)
        return 'another size';
      const length = Math.min(a.data.length, b.data.length);
      let other = 0;
      for (let at = 0; at < length; at += 4)
        if ([0, 1, 2].some((channel) => Math.abs(a.data[at + channel]! - b.data[at + channel]!) > tolerance))
          other++;
      return { share: (other * 4) / length };
    },
    [urls, SCALE, TOLERANCE] as const,
  );
}
