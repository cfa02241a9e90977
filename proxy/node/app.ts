/** The routes of the standalone server: onboarding, the drop-in, and what operators ask. */
import { Hono, type MiddlewareHandler } from 'hono';
import { newRequestId } from '../gate.ts';
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

  app.route('/', createDropIn(files));
  for (const path of ['/healthz', '/readyz', ...files.map((file) => file.path)]) {
    app.all(path, () => problem('method_not_allowed', newRequestId(), { headers: { Allow: 'GET, HEAD' } }));
  }
  app.route('/', onboarding.app);
  return app;
}
