/** A proxy that answers the widget with one payload in every text that it could show. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { english } from '../../widget/messages.ts';

/** Markup and addresses that run `pwned()` wherever one of them is taken for code. */
export const PAYLOADS: readonly string[] = [
  '<img src=x onerror=pwned()>',
  '"><img src=x onerror=pwned()>',
  "'><svg/onload=pwned()>",
  '<script>pwned()</script>',
  '</script><script>pwned()</script>',
  '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
  '<svg><animate onbegin=pwned() attributeName=x dur=1s>',
  '<details open ontoggle=pwned()>',
  '<input autofocus onfocus=pwned()>',
  '<a href="javascript:pwned()">x</a>',
  '<style>@import "javascript:pwned()"</style><b style="animation:x" onanimationstart=pwned()>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=pwned()&gt;">',
  '<template><img src=x onerror=pwned()></template>',
  '<!--><img src=x onerror=pwned()>-->',
  '${pwned()}',
  '{{constructor.constructor("pwned()")()}}',
  '?lit$0123456789$<img src=x onerror=pwned()>',
  '<?lit$0123456789$><img src=x onerror=pwned()>',
  '\u0022 onfocus=pwned() autofocus x=\u0022',
  'javascript:pwned()',
  ' \u0001java\tscript:pwned()',
  'JaVaScRiPt:pwned()//https://a.example',
  'data:text/html,<script>opener.pwned()</script>',
  'vbscript:pwned()',
];

/** `/<payload's number>/<what becomes of a POST>` is the endpoint. */
export type Fate = 'made' | 'pending' | 'refused' | 'failed';

/** Starts one on loopback, for every origin. */
export async function startHostileProxy(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const [, number = '', fate = '', ...rest] = (request.url ?? '').split('/');
    const payload = PAYLOADS[Number(number)] ?? '';
    const { status, body } = answerOf(request.method ?? '', rest.join('/'), fate as Fate, payload);
    request.resume();
    response.writeHead(status, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      'retry-after': '1',
    });
    response.end(body === null ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf(method: string, path: string, fate: Fate, x: string): { status: number; body: unknown } {
  if (method === 'OPTIONS') return { status: 204, body: null };
  const organization = {
    externalId: x,
    organizationIdentifier: x,
    organizationSlug: x,
    clientKey: x,
    delivery: x,
  };
  if (path === 'v1/session')
    return {
      status: 200,
      body: {
        environment: x,
        email: null,
        // Control characters would be refused before anything is sent.
        businessName: x.replaceAll(/\p{Cc}/gu, ''),
        challenge: 'none',
        pending: false,
        organization: null,
      },
    };
  if (path === 'v1/organizations') return outcomeOf(fate, organization, x);
  if (path.startsWith('locales/'))
    return {
      status: 200,
      body: Object.fromEntries(Object.keys(english).map((key) => [key, `${x} {partner} {email}`])),
    };
  return { status: 200, body: [{ name: x, docs: x, code: `${x} {key} {environment}` }] };
}

function outcomeOf(fate: Fate, organization: object, x: string): { status: number; body: unknown } {
  const problem = {
    type: x,
    title: x,
    detail: x,
    requestId: x,
    errors: [{ pointer: '/email', code: x, detail: x }],
  };
  switch (fate) {
    case 'made':
      return { status: 201, body: organization };
    case 'pending':
      return { status: 202, body: { status: x } };
    case 'refused':
      return { status: 422, body: { ...problem, status: 422, code: 'validation_failed', errors: [] } };
    case 'failed':
      return { status: 400, body: { ...problem, status: 400, code: x } };
  }
}
