/** A page with the widget and a proxy behind it, as the doctor meets them. */
import assert from './assert.ts';
import { createHash } from 'node:crypto';
import { checkPage } from '../../proxy/node/commands/doctor/page.ts';
import type { Known } from '../../proxy/node/commands/doctor/page-proxy.ts';
import type { Request, Visit } from '../../proxy/node/commands/doctor/page-fetch.ts';
import { listening } from './doctor.ts';

/** Address of the page. */
export const PAGE = 'https://app.example.com/pay/';
/** Origin of the proxy. */
export const PROXY = 'https://join.example.com';
/** The drop-in's code. */
export const CODE = 'export {};';
/** Its hash, as `integrity` has it. */
export const SRI = `sha384-${createHash('sha384').update(CODE).digest('base64')}`;

/** What an address answers: 200 without anything, unless it says otherwise. */
export type Answer = {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
};
/** Answers by address; undefined is nobody there. */
export type Web = Record<string, Answer | ((request: Request) => Answer) | undefined>;

/** Headers of a script that any page may load. */
export const cors = { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' };
/** The drop-in as the proxy serves it. */
export const script: Answer = {
  headers: { ...cors, 'cross-origin-resource-policy': 'cross-origin' },
  body: CODE,
};
/** A JSON answer that pages of `origin` may read. */
export const json = (status: number, body: object, origin = 'https://app.example.com'): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'access-control-allow-origin': origin },
  body: JSON.stringify(body),
});
/** An HTML page. */
export const html = (body: string, headers: Record<string, string> = {}): Answer => ({
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body,
});
/** The drop-in's script tag. */
export const TAG = `<script type="module" src="${PROXY}/kelviq-onboarding.js"></script>`;
/** The widget's own tag. */
export const WIDGET = '<kelviq-onboarding partner-name="Acme"></kelviq-onboarding>';
/** The proxy's answer to a visitor that it lets in. */
export const session = json(200, { environment: 'sandbox' });
const preflight: Answer = {
  status: 204,
  headers: { 'access-control-allow-headers': 'authorization, content-type, idempotency-key' },
};

/** A page and a proxy in good health, with `change` on top. */
function web(change: Web = {}): Web {
  return {
    [PAGE]: html(`<!doctype html>${TAG}${WIDGET}`),
    [`${PROXY}/kelviq-onboarding.js`]: script,
    [`${PROXY}/v1/session`]: session,
    [`${PROXY}/v1/organizations`]: preflight,
    ...change,
  };
}

const nothingKnown: Known = { allowedOrigins: null, environment: null };

/** What the doctor says of the page: `status: what → fix`, without what is well unless it is asked for. */
export async function said(change: Web = {}, { known = nothingKnown, at = PAGE } = {}): Promise<string[]> {
  const sites = web(change);
  const visit: Visit = async (url, request = {}) => {
    const found = sites[url.href];
    if (!found) return { code: 'ECONNREFUSED' };
    const { status = 200, headers = {}, body = '' } = typeof found === 'function' ? found(request) : found;
    return { url, status, headers: new Headers(headers), bytes: Buffer.from(body as string) };
  };
  const { tell, lines } = listening();
  await checkPage(new URL(at), known, tell, visit);
  return lines
    .filter(({ status }) => status !== 'ok')
    .map(({ status, what, fix }) => `${status}: ${what} → ${fix}`);
}

/** The one thing that it says. */
export async function only(change: Web, options?: Parameters<typeof said>[1]): Promise<string> {
  const lines = await said(change, options);
  assert.equal(lines.length, 1, lines.join('\n'));
  return lines[0] ?? '';
}

/** The page with this body. */
export const page = (body: string, headers: Record<string, string> = {}): Web => ({
  [PAGE]: html(body, headers),
});
/** The page with the widget, under this policy. */
export const csp = (policy: string) => page(TAG + WIDGET, { 'content-security-policy': policy });
