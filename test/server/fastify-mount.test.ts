import assert from '../support/assert.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import { openApi, problemOf, signup } from '../support/api.ts';

type Reply = { hijack: () => void; raw: ServerResponse };
type App = {
  register: (plugin: (scope: App) => Promise<void>) => void;
  removeAllContentTypeParsers: () => void;
  addContentTypeParser: (
    type: string,
    parser: (...given: [unknown, unknown, (error: null) => void]) => void,
  ) => void;
  all: (path: string, handler: (request: { raw: IncomingMessage }, reply: Reply) => void) => void;
  listen: (where: { port: number; host: string }) => Promise<string>;
  close: () => Promise<void>;
};

/** Fastify, under another name than its own here. */
const specifier: string = 'fastify-5';
const { default: fastify } = (await import(specifier)) as { default: () => App };

/** Where onboarding is mounted in Fastify, as the README says; `readsBodies` leaves Fastify its own parsers. */
async function mounted(t: TestContext, { readsBodies = false } = {}): Promise<string> {
  const app = fastify();
  const listener = getRequestListener(openApi(t).mounted.fetch);
  app.register(async (scope) => {
    if (!readsBodies) {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    }
    scope.all('/kelviq/*', (request, reply) => {
      reply.hijack();
      void listener(request.raw, reply.raw);
    });
  });
  t.after(() => app.close());
  return `${await app.listen({ port: 0, host: '127.0.0.1' })}/kelviq/v1/organizations`;
}

describe('createOnboarding in Fastify', () => {
  it('signs up', async (t) => {
    const answer = await fetch(await mounted(t), signup());
    assert.equal(answer.status, 201);
    await answer.body?.cancel();
  });

  it('refuses what was parsed before it', async (t) => {
    const answer = await fetch(await mounted(t, { readsBodies: true }), signup());
    assert.equal((await problemOf(answer)).code, 'malformed_request');
  });
});
