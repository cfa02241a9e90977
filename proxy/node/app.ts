/** The routes of the standalone server: onboarding, the drop-in, and what operators ask. */
import { Hono, type MiddlewareHandler } from 'hono';
import { newRequestId } from '../gate.ts';
import { openApiDocument } from '../openapi.ts';
import type { Onboarding } from '../onboarding.ts';
import { problem } from '../problem.ts';
import { createDropIn, type DropInFile } from './drop-in.ts';

/** Everything the standalone server answers. */
export function createApp(
  onboarding: Pick<Onboarding, 'app' | 'state'>,
  files: readonly DropInFile[],
  version: string,
  guarded: MiddlewareHandler,
): Hono {
  const app = new Hono();
  // Onboarding has a guard of its own, and the drop-in is files of the build.
  for (const path of ['/healthz', '/readyz']) app.use(path, guarded);

  app.get('/healthz', (c) => c.json({ status: 'ok', version }, 200, { 'cache-control': 'no-store' }));

  // A refused partner key is said here and fails nothing: restarting would not make it a good one.
  app.get('/readyz', async (c) => {
    const state = await onboarding.state();
    return c.json(state, state.store === 'ok' ? 200 : 503, { 'cache-control': 'no-store' });
  });

  // Made when somebody asks for it for the first time: a start need not wait.
  let document: string | undefined;
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(openApiDocument(version));
    return c.body(document, 200, {
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
    });
  });

  app.route('/', createDropIn(files));
  for (const path of ['/healthz', '/readyz', '/openapi.json', ...files.map((file) => file.path)]) {
    app.all(path, () => problem('method_not_allowed', newRequestId(), { headers: { Allow: 'GET, HEAD' } }));
  }
  // Not `app.route`, which puts a composition of its own around every handler.
  app.all('*', (c) => onboarding.app.fetch(c.req.raw, c.env));
  return app;
}
