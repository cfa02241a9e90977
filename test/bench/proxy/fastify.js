// A peer: Fastify's http-proxy, with as many connections as the others. It keeps nothing and hides nothing.
import proxy from '@fastify/http-proxy';
import fastify from 'fastify-5';

const app = fastify();
app.register(proxy, {
  upstream: process.env.UPSTREAM,
  prefix: '/v1/organizations',
  rewritePrefix: '/api/v1/partner/organizations/',
  undici: { connections: 256 },
  replyOptions: {
    rewriteRequestHeaders: (_request, headers) => ({ ...headers, 'x-kelviq-partner-key': 'kvqp_test_bench' }),
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: app.server.address().port });
