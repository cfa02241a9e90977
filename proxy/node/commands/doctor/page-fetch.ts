/** Requests as a visitor's browser sends them, without cookies: for the doctor's look at a page. */

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 5_000_000;
const MOST_REDIRECTS = 5;

/** An answer; `url` is where it came from after redirects. With `cut`, only its first 5 MB were read. */
export type Fetched = { url: URL; status: number; headers: Headers; bytes: Uint8Array; cut?: boolean };

/** Why there is none: a short code, as Node names it. */
export type Unfetched = { code: string };

/** What may be asked. Redirects are followed for pages and scripts, as browsers do, and reported for the rest. */
export type Request = {
  method?: 'GET' | 'POST' | 'OPTIONS';
  headers?: Record<string, string>;
  redirects?: 'follow' | 'report';
};

function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
    if (at.name === 'TimeoutError') return 'ETIMEDOUT';
    // The Fetch standard's list, which is the browsers' own.
    if (at.message === 'bad port') return 'bad_port';
  }
  return 'EUNKNOWN';
}

async function readAll(response: Response): Promise<Pick<Fetched, 'bytes' | 'cut'>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > MOST_BYTES) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, MOST_BYTES), cut: length > MOST_BYTES };
}

/** The text of a page: a mark at its beginning says how it is written, else its header, as in a browser. */
export function textOf({ bytes, headers }: Fetched): string {
  const [first, second] = bytes;
  const marked =
    (first === 0xff && second === 0xfe && 'utf-16le') || (first === 0xfe && second === 0xff && 'utf-16be');
  const [, stated = 'utf-8'] = /charset\s*=\s*"?([^\s";]+)/i.exec(headers.get('content-type') ?? '') ?? [];
  try {
    return new TextDecoder(marked || stated).decode(bytes);
  } catch {
    // Of no known name; tags look the same in nearly all of them.
    return new TextDecoder().decode(bytes);
  }
}

/** Asks once. It never rejects. */
export type Visit = (address: URL, request?: Request) => Promise<Fetched | Unfetched>;

/** A `Visit` over the network; redirects are followed by hand, so that each address is known. */
export const fetchAsVisitor: Visit = async (
  address,
  { method = 'GET', headers = {}, redirects = 'follow' } = {},
) => {
  let url = address;
  try {
    for (let hops = 0; ; hops++) {
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': 'kelviq-onboarding doctor', ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const location = response.headers.get('location');
      const moved = response.status >= 300 && response.status < 400 && location !== null;
      if (!moved || redirects === 'report' || hops === MOST_REDIRECTS)
        return { url, status: response.status, headers: response.headers, ...(await readAll(response)) };
      await response.body?.cancel();
      url = new URL(location, url);
    }
  } catch (error) {
    return { code: codeOf(error) };
  }
};
