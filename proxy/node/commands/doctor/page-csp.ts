/**
 * Content Security Policy Level 3, as far as one page, its script and its requests need it: whether
 * a policy lets an address through, and if not, the directive as it has to be written.
 */

/** One policy: directives by name, each with its sources. */
export type Policy = ReadonlyMap<string, readonly string[]>;

/** Why an address does not pass: the directive that decides, and what it has to say instead. */
export type Blocked = { directive: string; mended: string };

/** What is loaded: its address, and for a script what else may let it pass. */
export type Load = { url: URL; nonce?: string | undefined; integrity?: string | undefined };

/** Which directives decide, the first that is there. */
export const DECIDES = {
  script: ['script-src-elem', 'script-src', 'default-src'],
  style: ['style-src-elem', 'style-src', 'default-src'],
  connect: ['connect-src', 'default-src'],
} as const;

const HOST = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*|(?:\*\.)?[^/:*\s]+)(?::(\d+|\*))?(\/[^?#]*)?$/i;
const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The policies of a header, which may hold several; all of them count. */
export function policiesOf(header: string): Policy[] {
  return header.split(',').flatMap((text) => {
    const policy = new Map<string, string[]>();
    for (const directive of text.split(';')) {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      if (name !== '' && !policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), sources);
    }
    return policy.size > 0 ? [policy] : [];
  });
}

function sameScheme(wanted: string, is: string): boolean {
  return wanted === is || (wanted === 'http:' && is === 'https:');
}

function fitsHost(source: string, url: URL, page: URL): boolean {
  const [, scheme, host = '', port, path] = HOST.exec(source) ?? [];
  if (host === '' || !sameScheme(scheme ? `${scheme.toLowerCase()}:` : page.protocol, url.protocol))
    return false;
  const name = host.toLowerCase();
  if (name !== '*' && !(name.startsWith('*.') ? url.hostname.endsWith(name.slice(1)) : url.hostname === name))
    return false;
  const actual = url.port || PORTS[url.protocol];
  if (port === undefined ? actual !== PORTS[url.protocol] : port !== '*' && port !== actual) return false;
  if (path === undefined || path === '/') return true;
  return path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path;
}

function fits(source: string, { url, nonce, integrity }: Load, page: URL, trusted: boolean): boolean {
  const lower = source.toLowerCase();
  if (lower.startsWith("'nonce-")) return nonce !== undefined && source.slice(7, -1) === nonce;
  if (/^'sha(?:256|384|512)-/.test(lower))
    return integrity?.split(/\s+/).includes(source.slice(1, -1)) ?? false;
  if (trusted) return false;
  if (lower === "'self'") return url.host === page.host && sameScheme(page.protocol, url.protocol);
  if (source === '*') return /^https?:$/.test(url.protocol);
  if (/^[a-z][a-z0-9+.-]*:$/.test(lower)) return sameScheme(lower, url.protocol);
  return fitsHost(source, url, page);
}

/** Null when `policy` lets it pass, on the page at `page`. */
export function blockedBy(policy: Policy, kind: keyof typeof DECIDES, load: Load, page: URL): Blocked | null {
  const directive = DECIDES[kind].find((name) => policy.has(name));
  if (directive === undefined) return null;
  const sources = policy.get(directive) ?? [];
  const trusted = kind === 'script' && sources.some((source) => source.toLowerCase() === "'strict-dynamic'");
  if (sources.some((source) => fits(source, load, page, trusted))) return null;
  const kept = sources.filter((source) => source.toLowerCase() !== "'none'");
  const own = load.url.host === page.host ? "'self'" : load.url.origin;
  const added = trusted ? "and give the script tag the page's nonce" : own;
  const name = directive === 'default-src' ? `${kind}-src` : directive;
  return { directive, mended: [name, ...kept, added].join(' ') };
}

/** The `trusted-types` directive with the policy `name` in it; null where it may be made. */
export function trustedTypesWith(policy: Policy, name: string): string | null {
  const names = policy.get('trusted-types');
  if (!names || names.includes(name) || names.includes('*')) return null;
  return ['trusted-types', ...names.filter((one) => one !== "'none'"), name].join(' ');
}

/** What the widget needs of a page that its header puts into a sandbox. */
const ALLOWED = ['allow-forms', 'allow-same-origin', 'allow-scripts'];

/**
 * The `sandbox` directive with all that the widget needs; nothing where there is none, or it has all of it.
 * It has no effect in a meta tag.
 */
export function sandboxWith(policy: Policy): string[] {
  const allowed = policy.get('sandbox');
  if (!allowed || ALLOWED.every((one) => allowed.includes(one))) return [];
  return [['sandbox', ...new Set([...allowed, ...ALLOWED])].join(' ')];
}
