/** What a customer does with the widget, in English. */
import type { Locator, Page } from 'playwright-core';

/**
 * Fills the form in and sends it, once the session is known. Who is quicker does not know yet of a proof that
 * is asked for: the proxy says so with a 403, which Chromium puts in the console.
 */
export async function signUp(page: Page, email: string): Promise<void> {
  await page.locator('kelviq-onboarding:state(ready)').waitFor();
  await send(page, email);
}

/** Fills the form in and sends it, whatever is known. */
export async function send(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Business name').fill('Northside Pottery');
  await page.getByRole('button', { name: 'Create account' }).click();
}

/** The client key, once it is there. */
export function keyField(page: Page): Locator {
  return page.getByLabel('Client key');
}

/** What says, once it is so, that the partner has the secret key. */
export function deliveredStep(page: Page, partner: string): Locator {
  return page.locator('[part=key]').getByText(`${partner} has received your secret key.`);
}
