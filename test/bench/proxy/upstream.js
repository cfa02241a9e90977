// Stands in for Kelviq and for the receiver, as fast as Node can: each signup is new, each delivery is
// taken, and whoever is asked for has an organization since long.
import { createServer } from 'node:http';

let organizations = 0;
let deliveries = 0;

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    if (request.url === '/counts') return void response.end(JSON.stringify({ organizations, deliveries }));
    if (request.url === '/hook') {
      deliveries++;
      return void response.writeHead(204).end();
    }
    const [, asked] = /\/by-external-id\/([^/]+)\/$/.exec(request.url) ?? [];
    const number = asked === undefined ? ++organizations : 0;
    const name = asked ?? number;
    const body = JSON.stringify({
      userId: number,
      organizationIdentifier: `org-${name}`,
      organizationSlug: `org-${name}`,
      clientKey: `ck_test_${name}`,
      serverKey: `sk_test_bench_${name}`,
      partnerExternalId: asked ?? (text === '' ? null : (JSON.parse(text).externalId ?? null)),
    });
    const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    response.writeHead(asked === undefined ? 201 : 200, head).end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
