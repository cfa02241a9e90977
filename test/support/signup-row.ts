/** A row as tests and benches begin with one. */
import { newRow, type Row } from '../../proxy/row.ts';

/** A moment like those that rows hold, in milliseconds. */
export const STORE_TIME = 1_795_478_400_000;

/** A row of the customer `externalId`, with an attempt under way and `members` on top. */
export function signupRow(externalId: string, members: Partial<Row> = {}): Row {
  const wish = {
    email: `${externalId}@example.com`,
    businessName: 'Bäckerei',
    emailHash: 'h1',
    requestId: 'r1',
  };
  const row = newRow(externalId, wish, STORE_TIME);
  return { ...row, attempt: 1, attemptedAt: STORE_TIME, settled: false, fence: 1, ...members };
}
