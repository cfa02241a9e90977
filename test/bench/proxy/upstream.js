// Stands in for Kelviq and for the receiver, as fast as Node can: each signup is new, each delivery is taken.
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
    const number = ++organizations;
    const body = JSON.stringify({
      userId: number,
      organizationIdentifier: `org-${number}`,
      organizationSlug: `org-${number}`,
      clientKey: `ck_test_${number}`,
      serverKey: `sk_test_bench_${number}`,
      partnerExternalId: text === '' ? null : (JSON.parse(text).externalId ?? null),
    });
    const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    response.writeHead(201, head).end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
