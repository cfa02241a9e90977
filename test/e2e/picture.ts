/**
 * Compares a picture with the approved one, as a person would: a little smaller, so that the edges of
 * letters do not count, and where they differ most. Of a whole picture one sentence is too little to count.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** Pixels of the picture for each that is compared, along one side. */
const SCALE = 4;
/** Of 255, in any channel: fonts are drawn a little lighter or bolder from one machine to the next. */
const TOLERANCE = 32;
/** Pixels that are compared along each side of a square; 40 of the picture. */
const SQUARE = 10;

/** What a comparison found: the share of another colour (0 to 1) in the square that has most, or another size. */
export type Difference = { share: number } | 'another size';

/** Approves `picture` when `UPDATE_PICTURES` is set; else compares it with the one approved before, in `page`. */
export async function compare(
  page: Page,
  approved: URL,
  picture: Buffer,
): Promise<Difference | 'not approved'> {
  if (process.env['UPDATE_PICTURES']) {
    writeFileSync(approved, picture);
    return { share: 0 };
  }
  return existsSync(approved) ? difference(page, readFileSync(approved), picture) : 'not approved';
}

/** How two pictures differ, as drawn by `page`. */
export async function difference(page: Page, approved: Buffer, picture: Buffer): Promise<Difference> {
  const urls = [approved, picture].map((bytes) => `data:image/png;base64,${bytes.toString('base64')}`);
  return page.evaluate(
    async ([images, scale, tolerance, square]) => {
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
          const { width: columns, height: rows } = canvas;
          return { width: image.width, height: image.height, columns, rows, data };
        }),
      );
      const [a, b] = drawn;
      // A line more or less of one text in one language is a change; a pixel of rounding is none.
      if (!a || !b || Math.abs(a.width - b.width) > scale || Math.abs(a.height - b.height) > scale)
        return 'another size';
      const others = new Map<string, number>();
      for (let y = 0; y < Math.min(a.rows, b.rows); y++)
        for (let x = 0; x < Math.min(a.columns, b.columns); x++) {
          const [inA, inB] = [4 * (y * a.columns + x), 4 * (y * b.columns + x)];
          if (
            [0, 1, 2].every(
              (channel) => Math.abs(a.data[inA + channel]! - b.data[inB + channel]!) <= tolerance,
            )
          )
            continue;
          const place = `${Math.floor(x / square)} ${Math.floor(y / square)}`;
          others.set(place, (others.get(place) ?? 0) + 1);
        }
      return { share: Math.max(0, ...others.values()) / square ** 2 };
    },
    [urls, SCALE, TOLERANCE, SQUARE] as const,
  );
}
