/** The paths of the published partner API: from a request to the call it makes, or to its refusal. */
import { Organizations, checkProvision, present, type SandboxOrganization } from './organizations.ts';
import type { Reply } from './wire.ts';

/** A request as the routes see it; `authorized` says whether its key is taken. */
export type Asked = {
  method: string;
  url: URL;
  authorized: boolean;
  contentType: string;
  body: string;
};

/** A well-formed call. `work` does what it asks for; keys of a new organization are issued after `keysAfterMs`. */
export type Call = {
  externalId: string | null;
  email: string | null;
  /** The parsed body of a POST. */
  sent: unknown;
  work: (now: number, keysAfterMs: number) => Reply;
};

const PATH =
  /^\/api\/v1\/partner\/organizations\/(?:(?<by>by-external-id)\/(?<externalId>[^/]+)\/|(?<uuid>[0-9a-f-]{36})\/)?$/i;
const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

const detail = (status: number, text: string): Reply => ({ status, body: { detail: text } });

/** The call that a request makes; a `Reply` where it is refused before any work. */
export function route(asked: Asked, organizations: Organizations): Call | Reply {
  const path = PATH.exec(asked.url.pathname);
  if (!path) return detail(404, 'Not found.');
  if (!asked.authorized) return detail(401, 'Missing or invalid X-Kelviq-Partner-Key header.');
  const { externalId, uuid } = path.groups ?? {};
  const single = externalId !== undefined || uuid !== undefined;
  if (asked.method === 'POST' && !single) return create(asked, organizations);
  if (asked.method !== 'GET') return detail(405, `Method "${asked.method}" not allowed.`);
  if (!single) {
    return { externalId: null, email: null, sent: null, work: (now) => list(asked.url, organizations, now) };
  }
  const id = externalId === undefined ? null : decoded(externalId);
  const found = id === null ? organizations.byIdentifier(uuid ?? '') : organizations.byExternalId(id);
  return {
    externalId: found?.externalId ?? id,
    email: found?.email ?? null,
    sent: null,
    work: (now) => (found ? { status: 200, body: present(found, now) } : detail(404, 'Not found.')),
  };
}

function create(asked: Asked, organizations: Organizations): Call | Reply {
  if (!/^application\/json\b/i.test(asked.contentType)) {
    return detail(415, `Unsupported media type "${asked.contentType}" in request.`);
  }
  const sent = parsed(asked.body);
  if (sent === undefined) return detail(400, 'JSON parse error.');
  const checked = checkProvision(sent);
  if ('status' in checked) return checked;
  return {
    externalId: checked.externalId,
    email: checked.email,
    sent,
    work(now, keysAfterMs) {
      const made = organizations.create(checked, now, now + keysAfterMs);
      return 'status' in made ? made : { status: 201, body: present(made, now) };
    },
  };
}

function list(url: URL, organizations: Organizations, now: number): Reply {
  const wanted = url.searchParams.get('external_id');
  const page = positive(url.searchParams.get('page'), 1);
  const size = Math.min(
    positive(url.searchParams.get('page_size'), DEFAULT_PAGE_SIZE) ?? DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
  );
  const matching = organizations.all.filter(({ externalId }) => wanted === null || externalId === wanted);
  if (page === null || (page > 1 && (page - 1) * size >= matching.length))
    return detail(404, 'Invalid page.');
  const results = matching.slice((page - 1) * size, page * size);
  return {
    status: 200,
    body: {
      results: results.map((organization: SandboxOrganization) => present(organization, now)),
      count: matching.length,
      next: page * size < matching.length ? pageUrl(url, page + 1) : null,
      previous: page > 1 ? pageUrl(url, page - 1) : null,
    },
  };
}

function pageUrl(url: URL, page: number): string {
  const other = new URL(url);
  other.searchParams.set('page', String(page));
  return other.href;
}

/** A positive whole number; `fallback` when the text is missing, null when it is something else. */
function positive(text: string | null, fallback: number): number | null {
  if (text === null) return fallback;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
