/** Serves the pages of the widget bench from one origin, with what the built proxy would answer. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { createChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import type { Organization, SessionAnswer } from '../../../proxy/contract.ts';

/** Our element and its lower bound; `bare` is the same form by hand. */
export const CANDIDATES = ['kelviq', 'bare'] as const;

/** One of `CANDIDATES`. */
export type Candidate = (typeof CANDIDATES)[number];

/** As many as a proxy's own difficulty takes on average. */
const TRIES = 100;
const DROP_IN = new URL('../../../dist/drop-in/', import.meta.url);

const session: SessionAnswer = {
  environment: 'sandbox',
  email: null,
  businessName: null,
  challenge: 'none',
  pending: false,
  organization: null,
};

const head =
  '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">';

const TEXTS: Readonly<Record<string, { type: string; text: string }>> = {
  '/kelviq': {
    type: 'text/html',
    text: `${head}<title>kelviq</title><link rel="stylesheet" href="/kelviq-onboarding.css"><script type="module" src="/kelviq-onboarding.js"></script><kelviq-onboarding partner-name="Acme"></kelviq-onboarding><p>After it.</p>`,
  },
  '/bare': {
    type: 'text/html',
    text: `${head}<title>bare</title><link rel="stylesheet" href="/kelviq-onboarding.css"><script type="module" src="/vanilla.js"></script><bare-form></bare-form><p>After it.</p>`,
  },
  '/v1/session': { type: 'application/json', text: JSON.stringify(session) },
  '/signup/': {
    type: 'text/html',
    text: `${head}<title>signup</title><link rel="stylesheet" href="/kelviq-onboarding.css"><script type="module" src="/signup/kelviq-onboarding.js"></script><kelviq-onboarding partner-name="Acme"></kelviq-onboarding>`,
  },
};

const organization: Organization = {
  externalId: 'ks_0123456789abcdefghijkl',
  organizationIdentifier: '8e1d7b1a-6c4d-4e3a-9b2d-3f6e4c2b1ad0',
  organizationSlug: 'acme',
  clientKey: 'ck_test_1',
  delivery: 'delivered',
};

/** What the proxy answers on the way to a signup, by path. */
const SIGNUP: Record<string, () => Promise<object>> = {
  '/signup/v1/session': async () => ({ ...session, challenge: 'required' }) satisfies SessionAnswer,
  '/signup/v1/challenge': () =>
    createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost: 5000,
      counter: TRIES,
      deriveKey,
      expiresAt: Math.floor(Date.now() / 1000) + 300,
      hmacSignatureSecret: 'bench',
      hmacKeySignatureSecret: 'bench',
    }),
  '/signup/v1/organizations': async () => organization,
};

/** Files by their path, brotli-compressed as a server would send them. */
function compressed(): Map<string, { type: string; body: Buffer }> {
  const files = new Map<string, { type: string; body: Buffer }>();
  const add = (path: string, type: string, text: Buffer) =>
    files.set(path, { type, body: brotliCompressSync(text) });
  for (const [path, { type, text }] of Object.entries(TEXTS)) add(path, type, Buffer.from(text));
  for (const [name, type] of [
    ['kelviq-onboarding.js', 'text/javascript'],
    ['kelviq-onboarding.css', 'text/css'],
  ] as const)
    add(`/${name}`, type, readFileSync(new URL(name, DROP_IN)));
  for (const [name, type] of [
    ['kelviq-onboarding.js', 'text/javascript'],
    ['snippets.json', 'application/json'],
  ] as const)
    add(`/signup/${name}`, type, readFileSync(new URL(name, DROP_IN)));
  add('/vanilla.js', 'text/javascript', readFileSync(new URL('vanilla.js', import.meta.url)));
  return files;
}

/** Serves `/<candidate>` and `/signup/` on loopback. `sizes` are the bytes of both scripts as sent. */
export async function servePages(): Promise<{
  origin: string;
  sizes: Record<Candidate, number>;
  close: () => Promise<void>;
}> {
  const files = compressed();
  const server = createServer((request, response) => {
    const answer = SIGNUP[request.url ?? ''];
    if (answer)
      return void answer().then((body) => {
        const status = request.method === 'POST' ? 201 : 200;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    const file = files.get(request.url ?? '');
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': file.type,
      'content-encoding': 'br',
      'cache-control': 'no-store',
    });
    response.end(file.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bytes = (path: string) => files.get(path)?.body.length ?? 0;
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    sizes: { kelviq: bytes('/kelviq-onboarding.js'), bare: bytes('/vanilla.js') },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
