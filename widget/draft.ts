/**
 * What survives a reload, per endpoint, in `sessionStorage`: the idempotency key, what was typed, and what was
 * sent without a known outcome. Gone with the tab. In memory where storage throws, and until the outcome is
 * known: a page that clears its storage meanwhile must cost nobody the key of the signup under way.
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

const memory: Record<string, Draft | undefined> = {};

/** The draft for an endpoint; empty when there is none or it cannot be read. */
export function readDraft(endpoint: string): Draft {
  try {
    return memory[endpoint] || JSON.parse(sessionStorage[`kelviq-onboarding ${endpoint}`]);
  } catch {
    return {};
  }
}

/** Changes parts of the draft; a part that is undefined is forgotten. */
export function writeDraft(endpoint: string, changes: Draft): void {
  const draft = (memory[endpoint] = { ...readDraft(endpoint), ...changes });
  try {
    sessionStorage[`kelviq-onboarding ${endpoint}`] = JSON.stringify(draft);
    memory[endpoint] = draft.sent && draft;
  } catch {}
}

/** The first 22 characters of base64url: all of 16 bytes. */
const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22);

/** The idempotency key for an endpoint, made from 16 random bytes on first use. */
export function idempotencyKey(endpoint: string): string {
  const { key = base64url(crypto.getRandomValues(new Uint8Array(16))) } = readDraft(endpoint);
  writeDraft(endpoint, { key });
  return key;
}

/** The externalId that the proxy derives from an idempotency key; it opens the row for support. */
export async function externalIdOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return `ks_${base64url(new Uint8Array(digest))}`;
}
