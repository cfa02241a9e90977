/**
 * The doctor's look at a partner's page: what a browser would not let the widget do there, and which
 * header, tag or setting mends it. It reads the page as a visitor who is not signed in; what scripts
 * add to it later it does not see.
 */
import { isLoopbackHost } from '../../../address.ts';
import { checkPageProxy, type Known } from './page-proxy.ts';
import type { Tell } from './report.ts';
import { connectionTrouble } from '../kelviq-trouble.ts';
import { blockedBy, policiesOf, sandboxWith, trustedTypesWith } from './page-csp.ts';
import type { DECIDES, Load, Policy } from './page-csp.ts';
import { fetchAsVisitor, textOf, type Fetched, type Visit } from './page-fetch.ts';
import { tagsOf, type Tag } from './page-html.ts';
import { checkIntegrity } from './page-integrity.ts';

const SCRIPT = /\/kelviq-onboarding(?:\.\d[\w.-]*?)?(\.global)?\.js$/;
const STYLE = /\/kelviq-onboarding\.css$/;

type Script = { tag: Tag; url: URL; classic: boolean };

/** A page in the doctor's hands. */
type Page = {
  url: URL;
  /** What relative addresses are relative to. */
  base: URL;
  tags: readonly Tag[];
  policies: readonly Policy[];
  headers: Headers;
  visit: Visit;
};

/** Says what stands in the way of the widget on the page at `address`. */
export async function checkPage(
  address: URL,
  known: Known,
  tell: Tell,
  visit: Visit = fetchAsVisitor,
): Promise<void> {
  const page = await open(address, tell, visit);
  if (!page) return;
  const scripts = scriptsOf(page);
  const widgets = page.tags.filter(({ name }) => name === 'kelviq-onboarding');
  const [first] = scripts;
  const hasEndpoint = widgets.some(({ attributes }) => attributes['endpoint'] !== undefined);
  // Where scripts make the page, they may well bring both.
  const isMade = widgets.length === 0 && page.tags.some(({ name }) => name === 'script');
  if (!first)
    tell(
      hasEndpoint || isMade ? 'warn' : 'fail',
      'the page has no script tag of the drop-in, kelviq-onboarding.js',
      'add <script type="module" src="https://<proxy>/kelviq-onboarding.js"></script>; a page that bundles the npm package needs none, but an endpoint attribute',
    );
  for (const script of scripts) await checkScript(page, script, tell);
  if (first) checkTrustedTypes(page, tell);
  if (widgets.length === 0)
    tell(
      'warn',
      'the page has no <kelviq-onboarding> tag for a visitor who is not signed in',
      'write the tag into the page, or look at the page where a script or a session adds it',
    );
  // As XML a page may write it so.
  if (widgets.some(({ slashed }) => slashed) && !/xml/i.test(page.headers.get('content-type') ?? ''))
    tell(
      'warn',
      'the slash of <kelviq-onboarding … /> closes nothing in HTML: what stands behind it is inside, and not shown',
      'write <kelviq-onboarding …></kelviq-onboarding>',
    );
  checkStyles(page, tell);
  // Each kind of tag once: what stands in a list or a dialog too is often the same.
  const kinds = new Map(
    (widgets.length > 0 ? widgets : [undefined]).map((tag) => [
      JSON.stringify(['endpoint', 'session-url', 'session-token'].map((name) => tag?.attributes[name])),
      tag,
    ]),
  );
  for (const tag of kinds.values()) await checkWidget(page, tag, first?.url, known, tell);
}

async function checkWidget(
  page: Page,
  tag: Tag | undefined,
  script: URL | undefined,
  known: Known,
  tell: Tell,
): Promise<void> {
  const { endpoint: stated, 'session-url': asked, 'session-token': token } = tag?.attributes ?? {};
  if (stated === undefined && !script) return;
  const endpoint = endpointOf(stated, script, page);
  if (!endpoint)
    return tell(
      'fail',
      `the endpoint attribute is no address: ${JSON.stringify(stated)}`,
      'write the base URL of the proxy, such as https://onboarding.example.com',
    );
  // An empty one is none, as the element has it.
  if (asked && !URL.canParse(asked, page.base))
    return tell(
      'fail',
      `the session-url attribute is no address: ${JSON.stringify(asked)}`,
      'write where your backend answers { token }, such as /kelviq/session',
    );
  const sessionUrl = asked ? new URL(asked, page.base) : null;
  if (!checkMixed(page, endpoint, 'endpoint', tell)) return;
  checkPolicy(page, 'connect', { url: new URL('v1/session', endpoint) }, 'requests to', tell);
  await checkPageProxy(
    { page: page.url, endpoint, sessionUrl, hasToken: Boolean(token) || !tag },
    known,
    tell,
    page.visit,
  );
  if (sessionUrl) checkPolicy(page, 'connect', { url: sessionUrl }, 'session-url', tell);
}

async function open(address: URL, tell: Tell, visit: Visit): Promise<Page | null> {
  const answer = await visit(address, { headers: { accept: 'text/html' } });
  if ('code' in answer) {
    const { what, fix } = connectionTrouble(answer.code, address.host);
    tell('fail', what, fix);
    return null;
  }
  const { url, status, headers } = answer;
  const type = headers.get('content-type') ?? '';
  if (status !== 200 || !/html/i.test(type)) {
    const what =
      status === 200
        ? `is no HTML page (${type || 'without a content-type'})`
        : `answers ${status} to a visitor who is not signed in`;
    tell(
      'fail',
      `${url.href} ${what}`,
      'give the address of the page with the widget, as anybody may open it',
    );
    return null;
  }
  tell('ok', url.href === address.href ? `${url.href} opens` : `${address.href} leads to ${url.href}`);
  if (url.protocol !== 'https:' && !isLoopbackHost(url.hostname))
    tell(
      'fail',
      `${url.origin} is not secure, and the widget works on secure pages alone`,
      'serve the page by https:',
    );
  if (answer.cut) tell('warn', 'only the first 5 MB of it are looked at', 'make the page shorter');
  for (const mended of policiesOf(headers.get('content-security-policy') ?? '').flatMap(sandboxWith))
    tell(
      'fail',
      "the page's Content-Security-Policy puts it into a sandbox in which the widget cannot work",
      `take sandbox out of it, or write: ${mended}`,
    );
  const tags = tagsOf(textOf(answer));
  return { url, tags, headers, policies: policiesIn(headers, tags), base: baseOf(tags, url), visit };
}

function baseOf(tags: readonly Tag[], url: URL): URL {
  const href = tags.find(({ name, attributes }) => name === 'base' && attributes['href'] !== undefined)
    ?.attributes['href'];
  return href !== undefined && URL.canParse(href, url) ? new URL(href, url) : url;
}

function policiesIn(headers: Headers, tags: readonly Tag[]): Policy[] {
  const written = tags.flatMap(({ name, attributes }) =>
    name === 'meta' && attributes['http-equiv']?.toLowerCase() === 'content-security-policy'
      ? (attributes['content'] ?? '')
      : [],
  );
  return [headers.get('content-security-policy') ?? '', ...written].flatMap(policiesOf);
}

function scriptsOf({ tags, base }: Page): Script[] {
  return tags.flatMap((tag) => {
    const src = tag.name === 'script' ? tag.attributes['src'] : undefined;
    if (src === undefined || !URL.canParse(src, base)) return [];
    const url = new URL(src, base);
    const [path, global] = SCRIPT.exec(url.pathname) ?? [];
    return path === undefined ? [] : { tag, url, classic: global !== undefined };
  });
}

function endpointOf(stated: string | undefined, script: URL | undefined, { base }: Page): URL | null {
  if (stated === undefined) return script ? new URL('.', script) : null;
  const url = stated !== '' && URL.canParse(stated, base) ? new URL(stated, base) : null;
  // localhost:8787 is an address too, of the scheme localhost.
  return url && /^https?:$/.test(url.protocol) ? new URL(`${url.href.replace(/\/+$/, '')}/`) : null;
}

/** False, and said, where a secure page would ask for something by http:. */
function checkMixed({ url }: Page, target: URL, what: string, tell: Tell): boolean {
  const mixed = url.protocol === 'https:' && target.protocol === 'http:' && !isLoopbackHost(target.hostname);
  if (mixed)
    tell('fail', `${what} ${target.href} is http: on a secure page, and browsers block that`, 'write https:');
  return !mixed;
}

async function checkScript(page: Page, script: Script, tell: Tell): Promise<void> {
  const { tag, url, classic } = script;
  const isModule = tag.attributes['type']?.toLowerCase() === 'module';
  if (!checkMixed(page, url, 'script', tell)) return;
  if (isModule === classic)
    tell(
      'fail',
      classic
        ? `${url.pathname} is the classic script, loaded as a module`
        : `${url.pathname} is a module, and its tag does not say so`,
      classic ? 'take type="module" out, or load kelviq-onboarding.js' : 'write <script type="module" …>',
    );
  const { nonce, integrity } = tag.attributes;
  checkPolicy(page, 'script', { url, nonce, integrity }, 'script', tell);
  const answer = await page.visit(url, {
    headers: { origin: page.url.origin, 'accept-encoding': 'identity' },
  });
  if ('code' in answer) {
    const { what, fix } = connectionTrouble(answer.code, url.host);
    return tell('fail', `script: ${what}`, fix);
  }
  if (answer.status !== 200 || !/javascript/i.test(answer.headers.get('content-type') ?? ''))
    return tell(
      'fail',
      `${url.href} is no script (${answer.status})`,
      'let src name kelviq-onboarding.js of your proxy, which serves it itself',
    );
  checkSharing(page, script, answer, tell);
  if (integrity !== undefined) checkIntegrity(integrity, answer, tell);
  else tell('ok', `${url.href} can be loaded`);
}

/** Whether the page may use the bytes: modules and pinned scripts need CORS, isolated pages need one of two. */
function checkSharing(page: Page, { tag, url }: Script, { headers }: Fetched, tell: Tell): void {
  if (url.origin === page.url.origin) return;
  const { crossorigin, integrity, type } = tag.attributes;
  const cors = type?.toLowerCase() === 'module' || crossorigin !== undefined;
  const shared = ['*', page.url.origin].includes(headers.get('access-control-allow-origin') ?? '');
  if (integrity !== undefined && !cors)
    return tell(
      'fail',
      'the script is pinned with integrity but not asked for with CORS, so browsers block it',
      'add crossorigin="anonymous" to its tag',
    );
  if (cors && !shared)
    return tell(
      'fail',
      `${url.origin} sends the script without Access-Control-Allow-Origin`,
      'let what stands in front pass the headers of the proxy as they are',
    );
  const isolated = /require-corp|credentialless/i.test(
    page.headers.get('cross-origin-embedder-policy') ?? '',
  );
  const corp = headers.get('cross-origin-resource-policy') ?? '';
  if (isolated && !cors && corp !== 'cross-origin')
    tell(
      'fail',
      'the page has Cross-Origin-Embedder-Policy, and the script may not be embedded in it',
      'add crossorigin="anonymous" to its tag',
    );
}

function checkPolicy(page: Page, kind: keyof typeof DECIDES, load: Load, what: string, tell: Tell): void {
  const blocked = page.policies.flatMap((policy) => blockedBy(policy, kind, load, page.url) ?? []);
  for (const { directive, mended } of blocked)
    tell(
      'fail',
      `the page's Content-Security-Policy blocks ${what} ${load.url.href} (${directive})`,
      `write in it: ${mended}`,
    );
}

function checkTrustedTypes({ policies }: Page, tell: Tell): void {
  for (const policy of policies) {
    const mended = trustedTypesWith(policy, 'kelviq-onboarding');
    if (mended !== null)
      tell(
        'fail',
        "the page's Content-Security-Policy does not let the widget name its Trusted Types policy (trusted-types)",
        `write in it: ${mended}`,
      );
  }
}

function checkStyles(page: Page, tell: Tell): void {
  for (const { name, attributes } of page.tags) {
    if (name !== 'link' || attributes['href'] === undefined || !URL.canParse(attributes['href'], page.base))
      continue;
    const url = new URL(attributes['href'], page.base);
    if (STYLE.test(url.pathname)) checkPolicy(page, 'style', { url }, 'stylesheet', tell);
  }
}
