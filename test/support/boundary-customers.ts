/** What Kelviq and the partner's backend might let slip, and the customers that meet it. */
import { randomBytes } from 'node:crypto';
import type { Sandbox } from '../../demo/sandbox/sandbox.ts';
import type { Step } from '../../demo/sandbox/script.ts';

/** A value that is nowhere else. */
export const unique = (): string => randomBytes(18).toString('hex');

/** Canaries by where they are let slip. */
export const canaries = {
  'unknown field': unique(),
  'nested field': unique(),
  'member name': unique(),
  'error page': unique(),
  'error body': unique(),
  'null-echo field': unique(),
  'list field': unique(),
  header: unique(),
  'header name': unique(),
  'status text': unique(),
  cookie: unique(),
  location: unique(),
  'webhook answer': unique(),
  'webhook header': unique(),
};

const headers = {
  'x-internal-token': canaries.header,
  [`x-${canaries['header name']}`]: '1',
  'set-cookie': `session=${canaries.cookie}`,
  'server-timing': `db;desc="${canaries.header}"`,
  'retry-after': '1',
};
const page = `<html><body><pre>Traceback: ${canaries['error page']}</pre></body></html>`;
const body = {
  detail: canaries['error body'],
  email: [canaries['error body']],
  code: canaries['error body'],
};

const extended: Step = {
  answer: (usual) => ({
    ...usual,
    headers,
    body: {
      ...(usual.body as object),
      internalNote: canaries['unknown field'],
      [canaries['member name']]: true,
      owner: { keys: [{ secret: canaries['nested field'] }] },
    },
  }),
};

const refuses = (status: number, answer: unknown): Step => ({
  commits: false,
  answer: {
    status,
    headers: { ...headers, location: `https://x.example/${canaries.location}` },
    body: answer,
  },
});

/** A secret where a public field should be, whole or inside of one. */
const mirrored = (field: string, write: (serverKey: string) => string): Step => ({
  answer: (usual) => {
    const organization = usual.body as { serverKey?: string };
    return { ...usual, body: { ...organization, [field]: write(organization.serverKey ?? '') } };
  },
});
const always = (step: Step) => Array.from({ length: 30 }, () => step);

const STATUSES = [302, 400, 401, 403, 404, 409, 418, 422, 428, 429, 500, 502, 503];

/** What each customer's requests to Kelviq meet: the POST the first step, reads the others. */
export const customers: Readonly<Record<string, Step[]>> = {
  plain: [extended],
  mirrored: always(mirrored('clientKey', (key) => key)),
  'mirrored-slug': always(mirrored('organizationSlug', (key) => `acme-${key}`)),
  // The partner key, which only the sandbox knows; see `scriptCustomers`.
  echoed: [],
  'echoed-slug': [],
  lost: ['lost', extended],
  half: ['truncated', extended],
  'null-keys': [{ keysAfterMs: 1500 }],
  'null-echo': ['null-echo', extended],
  'wrong-echo': always('wrong-echo'),
  page: [refuses(200, page)],
  ...Object.fromEntries(
    STATUSES.flatMap((status) => [
      [`page-${status}`, [refuses(status, page)]],
      [`body-${status}`, [refuses(status, body)]],
    ]),
  ),
};

/** Customers whose serverKey must not be delivered: its answers cannot be trusted. */
const UNTRUSTED = ['mirrored', 'mirrored-slug', 'echoed', 'echoed-slug', 'wrong-echo'];

/** Lines the answers up; `delivered` counts the organizations that are to arrive. */
export function scriptCustomers(sandbox: Sandbox): { delivered: () => number } {
  for (const [customer, [first, ...reads]] of Object.entries(customers)) {
    if (first) sandbox.script({ subject: customer, method: 'POST' }, [first]);
    sandbox.script({ subject: customer, method: 'GET' }, reads);
  }
  const { partnerKey } = sandbox;
  const base64 = Buffer.from(partnerKey).toString('base64');
  sandbox.script('echoed', always(mirrored('clientKey', () => partnerKey)));
  sandbox.script('echoed-slug', always(mirrored('organizationSlug', () => `acme-${base64}`)));
  return {
    delivered: () =>
      sandbox.state.organizations.filter(({ externalId }) => !UNTRUSTED.includes(externalId)).length,
  };
}
