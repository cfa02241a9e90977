/**
 * What the standalone server answers on `METRICS_PORT`: everything that onboarding counts, and the
 * process itself. It is a listener of its own, so that a public port never shows it.
 */
import { performance } from 'node:perf_hooks';
import { Hono, type MiddlewareHandler } from 'hono';
import type { Environment } from '../limits.ts';
import { PREFIX } from '../meter.ts';
import { METRICS_TYPE, gauge, total } from '../metrics.ts';
import type { Onboarding } from '../onboarding.ts';

/** The process in the words of Prometheus' own client libraries. */
function ofProcess(version: string, environment: Environment): string {
  const { user, system } = process.cpuUsage();
  return [
    gauge(
      `${PREFIX}build_info`,
      'What runs here; always 1.',
      [{ values: [version, environment, process.version], value: 1 }],
      ['version', 'environment', 'node'],
    ).text(),
    gauge('process_resident_memory_bytes', 'Memory of the process.', [
      { value: process.memoryUsage.rss() },
    ]).text(),
    gauge('process_start_time_seconds', 'When the process started, since the epoch.', [
      { value: Math.round(performance.timeOrigin) / 1000 },
    ]).text(),
    total('process_cpu_seconds_total', 'CPU time of the process.', (user + system) / 1e6).text(),
  ].join('');
}

/** The app of the metrics port; it has one route. */
export function createMetricsApp(
  onboarding: Pick<Onboarding, 'metrics'>,
  { version, environment }: { version: string; environment: Environment },
  guarded: MiddlewareHandler,
): Hono {
  const app = new Hono();
  app.use(guarded);
  app.get('/metrics', async (c) =>
    c.body((await onboarding.metrics()) + ofProcess(version, environment), 200, {
      'content-type': METRICS_TYPE,
      'cache-control': 'no-store',
    }),
  );
  app.notFound((c) => c.text('Metrics are at /metrics.\n', 404));
  return app;
}
