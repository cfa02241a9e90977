import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { HttpFailure, type HttpSend, type IncomingAnswer } from '../../proxy/http.ts';
import { createAsk } from '../../proxy/kelviq.ts';
import { ListFailure, listPages, type Trouble } from '../../proxy/kelviq-list.ts';
import { Secret } from '../../proxy/secret.ts';
import { createTripwire } from '../../proxy/tripwire.ts';
import { FakeClock } from '../support/fake-clock.ts';

const KEY = new Secret('kvqp_test_1');
const BASE = 'https://kelviq.example/api/v1';

const organization = (number: number) => ({
  userId: number,
  organizationIdentifier: `org-${number}`,
  organizationSlug: `slug-${number}`,
  clientKey: `ck_${number}`,
  serverKey: `sk_${number}`,
  partnerExternalId: `c${number}`,
});

const organizations = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => organization(from + index));

const says = (status: number, body: unknown = {}, headers: Record<string, string> = {}): IncomingAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

type Told = { urls: string[]; waits: [string, number][]; clock: FakeClock };

/** Reads a whole list from a Kelviq that answers page `number` at try `turn` so. */
async function read(
  answer: (number: number, turn: number) => IncomingAnswer | HttpFailure,
): Promise<Told & { listed: (string | null)[]; counts: (number | null)[]; unreadable: number }> {
  const clock = new FakeClock();
  const told: Told = { urls: [], waits: [], clock };
  const send: HttpSend = async ({ url, headers }) => {
    assert.equal(headers['x-kelviq-partner-key'], KEY.reveal());
    told.urls.push(url);
    const given = answer(Number(new URL(url).searchParams.get('page')), told.urls.length);
    if (given instanceof HttpFailure) throw given;
    return given;
  };
  const ask = createAsk({ partnerKey: KEY, baseUrl: BASE, send });
  const secrets = createTripwire();
  secrets.add([KEY]);
  const waiting = (why: Trouble, ms: number) => void told.waits.push([why.trouble, ms]);
  const listed: (string | null)[] = [];
  const counts: (number | null)[] = [];
  let unreadable = 0;
  await clock.run(
    (async () => {
      for await (const page of listPages({ ask, clock, secrets, waiting })) {
        listed.push(...page.organizations.map(({ externalId }) => externalId));
        counts.push(page.count);
        unreadable += page.unreadable;
        assert.doesNotMatch(JSON.stringify(page), /sk_|serverKey/);
      }
    })(),
  );
  return { ...told, listed, counts, unreadable };
}

/** How a list fails that is answered so. */
async function failureOf(answer: Parameters<typeof read>[0]): Promise<Trouble> {
  const failed = await read(answer).catch((error: unknown) => error);
  assert.ok(failed instanceof ListFailure, String(failed));
  return failed.why;
}

/** Answers as a service does that pages 250 organizations, with `next` in one of its forms. */
const paged = (next: (number: number) => object) => (number: number) => {
  const results = organizations((number - 1) * 100, Math.min(number * 100, 250));
  return results.length === 0 ? says(404) : says(200, { results, count: 250, ...next(number) });
};

describe('listPages', () => {
  for (const [name, next] of [
    [
      'null at the end',
      (number: number) => ({ next: number < 3 ? `${BASE}/partner/organizations/?x` : null }),
    ],
    ['on another host', (number: number) => ({ next: number < 3 ? 'https://evil.example/' : null })],
    ['never there', () => ({})],
    ['null everywhere', () => ({ next: null })],
    ['still there at the end', () => ({ next: '?page=9' })],
  ] as const)
    it(`reads 3 pages where next is ${name}`, async () => {
      const { listed, urls, counts } = await read(paged(next));
      assert.deepEqual(
        listed,
        organizations(0, 250).map(({ partnerExternalId }) => partnerExternalId),
      );
      assert.deepEqual(counts, [250, 250, 250]);
      for (const [index, url] of urls.entries())
        assert.equal(url, `${BASE}/partner/organizations/?page=${index + 1}&page_size=100`);
    });

  it('takes a list that knows no pages and no count', async () => {
    const { listed } = await read(() => says(200, { results: organizations(0, 7) }));
    assert.equal(listed.length, 7);
  });

  it('takes what is described otherwise than documented', async () => {
    const other = { ...organization(1), userId: 'u1', organizationSlug: '', clientKey: '', serverKey: '' };
    const { listed, unreadable } = await read(() => says(200, { results: [other], count: 1 }));
    assert.deepEqual([listed, unreadable], [[other.partnerExternalId], 0]);
  });

  it('takes a list of nobody', async () => {
    const { counts, urls } = await read(() => says(200, { results: [], count: 0, next: null }));
    assert.deepEqual([counts, urls.length], [[0], 1]);
  });

  it('takes smaller pages than it asked for', async () => {
    const { listed } = await read((number) =>
      says(200, { results: organizations((number - 1) * 20, Math.min(number * 20, 50)), count: 50 }),
    );
    assert.equal(listed.length, 50);
  });

  it('says that a page repeats', async () => {
    const why = { trouble: 'page_repeats' };
    const always = says(200, { results: organizations(0, 100), count: 250, next: '?page=2' });
    assert.deepEqual(await failureOf(() => always), why);
    const last = (number: number) =>
      says(200, { results: organizations(Math.min(number, 2), 3), count: 9, next: '?page=9' });
    assert.deepEqual(await failureOf(last), why);
    const turns = [0, 1].map((from) => says(200, { results: organizations(from, from + 1), count: 9 }));
    assert.deepEqual(await failureOf((number) => turns[number % 2] as IncomingAnswer), why);
  });

  it('counts entries that are no organization', async () => {
    const { listed, unreadable } = await read(() =>
      says(200, {
        results: [
          { ...organization(1), partnerExternalId: null },
          { ...organization(2), organizationIdentifier: null },
          { ...organization(3), organizationSlug: 'of sk_3' },
          { ...organization(4), clientKey: KEY.reveal() },
          'else',
        ],
        count: 5,
      }),
    );
    assert.deepEqual([listed, unreadable], [[null], 4]);
  });

  it('waits as long as a 429 asks', async () => {
    const { waits, listed } = await read((_, turn) =>
      turn === 1
        ? says(429, {}, { 'retry-after': '7' })
        : turn === 2
          ? says(429, {}, { 'retry-after': 'soon' })
          : says(200, { results: organizations(0, 1), count: 1 }),
    );
    assert.deepEqual(
      [waits, listed],
      [
        [
          ['status', 7000],
          ['status', 5000],
        ],
        ['c0'],
      ],
    );
  });

  it('does not wait for hours', async () => {
    const why = await failureOf(() => says(429, {}, { 'retry-after': '86400' }));
    assert.deepEqual(why, { trouble: 'status', status: 429, waitMs: 86_400_000 });
  });

  for (const [name, given] of [
    ['500', says(500, '<h1>Server Error</h1>')],
    ['503', says(503)],
    ['408', says(408)],
    ['half a body', says(200, '{"results": [{"serverKey": "sk_')],
    ['a page of HTML', says(200, '<!doctype html>')],
    ['another object', says(200, { detail: 'no' })],
    ['a cut', new HttpFailure('ECONNRESET', true)],
    ['a time-out', new HttpFailure('ETIMEDOUT', true)],
  ] as const) {
    it(`asks again after ${name}`, async () => {
      const { waits, listed } = await read((_, turn) =>
        turn < 3 ? given : says(200, { results: organizations(0, 1), count: 1 }),
      );
      assert.deepEqual(
        waits.map(([, ms]) => ms),
        [1000, 2000],
      );
      assert.deepEqual(listed, ['c0']);
    });

    it(`gives up when ${name} stays`, async () => {
      let tries = 0;
      const why = await failureOf(() => {
        tries++;
        return given;
      });
      assert.equal(tries, 6);
      assert.notEqual(why.trouble, 'page_repeats');
    });
  }

  for (const status of [301, 302, 400, 401, 403, 404, 422, 428])
    it(`gives up at once on ${status}`, async () => {
      let tries = 0;
      const why = await failureOf(() => {
        tries++;
        return says(status, {}, { location: 'https://evil.example/' });
      });
      assert.deepEqual([why, tries], [{ trouble: 'status', status, waitMs: null }, 1]);
    });
});
