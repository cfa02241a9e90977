/**
 * What survives a reload, per endpoint, in `sessionStorage` (in memory where that throws): the
 * idempotency key, what was typed, and what was sent without a known outcome. Gone with the tab.
 */
import type { SubmitDetail } from './events.ts';
import type { Values } from './fields.ts';

/** One endpoint's draft. */
export type Draft = {
  /** Idempotency key of open sign-up: the customer's capability to resume. */
  key?: string | undefined;
  /** Whose draft it is: the subject of the session token, or '' in open sign-up. */
  who?: string;
  typed?: Partial<Values> | undefined;
  /** Sent, and the outcome is not known. */
  sent?: SubmitDetail | undefined;
};

const memory: Record<string, string> = {};

/** The draft for an endpoint; empty when there is none or it cannot be read. */
export function readDraft(endpoint: string): Draft {
  try {
    return JSON.parse(memory[endpoint] || sessionStorage[`kelviq-onboarding ${endpoint}`]);
  } catch {
    return {};
  }
}

/** Changes parts of the draft; a part that is undefined is forgotten. */
export function writeDraft(endpoint: string, changes: Draft): void {
  memory[endpoint] = JSON.stringify({ ...readDraft(endpoint), ...changes });
  try {
    sessionStorage[`kelviq-onboarding ${endpoint}`] = memory[endpoint];
    // What found no room before would be read in its place.
    memory[endpoint] = '';
  } catch {}
}

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** The idempotency key for an endpoint, made from 16 random bytes on first use. */
export function idempotencyKey(endpoint: string): string {
  const { key = base64url(crypto.getRandomValues(new Uint8Array(16))) } = readDraft(endpoint);
  writeDraft(endpoint, { key });
  return key;
}

/** The externalId that the proxy derives from an idempotency key; it opens the row for support. */
export async function externalIdOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return `ks_${base64url(new Uint8Array(digest)).slice(0, 22)}`;
}
