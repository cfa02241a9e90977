/** The standalone server: settings in, a listening proxy out. */
import type { HttpBindings } from '@hono/node-server';
import { systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { guard } from '../guard.ts';
import { createOnboarding } from '../onboarding.ts';
import type { OnboardingOptions } from '../options.ts';
import { passage } from '../passage.ts';
import { createTripwire, type Tripwire } from '../tripwire.ts';
import { webhook } from '../webhook.ts';
import { createApp } from './app.ts';
import { createClientAddress } from './client-address.ts';
import { watchSettings, type Environ, type Settings } from './config.ts';
import { readDropIn } from './drop-in.ts';
import { nodeHashing } from './hashing.ts';
import { createNodeSend } from './http.ts';
import { listen } from './listen.ts';
import { createLiveSecrets } from './live-secrets.ts';
import { createMetricsApp } from './metrics.ts';
import { findPackage } from './package.ts';
import { keepNote, serverNote } from './server-note.ts';
import { openStore, sqlitePath } from '../store-url.ts';
import type { Store } from '../store.ts';
import { stopWithin } from './stop.ts';

const STOP_LIMIT_MS = 10_000;

/** The database of `DATABASE_URL` cannot be opened; `cause` is what its engine says. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** What the server's onboarding stands on. */
export type Ports = Required<Pick<OnboardingOptions, 'send' | 'deliver' | 'clock' | 'random'>> & {
  store: Store;
};

/** A running server. */
export type RunningServer = {
  url: string;
  /** Where metrics are, when `METRICS_PORT` is set. */
  metricsUrl: string | null;
  /** Reads secrets that come from files again. */
  reload: () => void;
  /** Accepts no more, finishes what is in hand within 10 s. False when something was left over. */
  close: () => Promise<boolean>;
};

/**
 * Starts the proxy and its worker. Rejects when the store cannot be opened or the port not be had
 * (Node's `EADDRINUSE`, `EACCES`). `wrap` may put something in front of the ports, as tests do; a
 * store that it opens is its own to close. `env` names the files of secrets that `reload` reads again.
 */
export async function startServer(
  settings: Settings,
  log: Log,
  wrap: (ports: Ports) => Ports = (ports) => ports,
  env: Environ = {},
  tripwire: Tripwire = createTripwire(),
): Promise<RunningServer> {
  const { environment, webhook: receiver } = settings;
  const found = findPackage();
  const upstream = createNodeSend();
  const outgoing = createNodeSend({ publicOnly: !receiver.allowInternal });
  const store = openStore(settings.databaseUrl);
  const secrets = createLiveSecrets(settings, env, log);
  watchSettings(settings, tripwire);
  const ports = wrap({
    store,
    send: upstream.send,
    deliver: webhook({
      url: receiver.url,
      secrets: () => {
        tripwire.add(secrets.webhookSecrets());
        return secrets.webhookSecrets();
      },
      ...(receiver.encryptionKey && { encryptionKey: receiver.encryptionKey }),
      allowInternal: receiver.allowInternal,
      send: outgoing.send,
      hmac: nodeHashing.hmac,
    }),
    clock: systemClock,
    random: Math.random,
  });
  const onboarding = createOnboarding({
    partnerKey: secrets.partnerKey,
    partnerKeyRefused: secrets.partnerKeyRefused,
    environment,
    baseUrl: settings.baseUrl,
    allowedOrigins: settings.allowedOrigins,
    sessionSecrets: secrets.sessionSecrets,
    openSignup: settings.openSignup,
    rateLimit: settings.rateLimit,
    rateLimitEmail: settings.rateLimitEmail,
    challenge: settings.challenge,
    challengeDifficulty: settings.challengeDifficulty,
    clientAddress: createClientAddress(settings.trustedProxies, log),
    isGone: (c) => (c.env as HttpBindings).outgoing.destroyed,
    hashing: nodeHashing,
    log,
    tripwire,
    ...ports,
  });

  try {
    await ports.store.open(environment);
  } catch (cause) {
    await store.close();
    throw new StoreUnavailable('the store cannot be opened', { cause });
  }
  const files = readDropIn(found);
  if (files.length === 0) log('warn', 'drop_in_missing', { hint: 'Run: npm run build' });
  const { version } = found;
  const { host, port, metricsPort } = settings;
  const guarded = passage([guard(tripwire, log)]);
  const server = await listen(createApp(onboarding, files, version, guarded), host, port);
  const metrics =
    metricsPort === null
      ? null
      : await listen(
          createMetricsApp(onboarding, { version, environment }, guarded),
          host,
          metricsPort,
        ).catch(async (error: unknown) => {
          await server.close(AbortSignal.abort());
          await store.close();
          throw error;
        });
  onboarding.start();
  const database = sqlitePath(settings.databaseUrl);
  const note = database === null ? null : keepNote(serverNote({ database, ...ports, log }), ports);
  if (metrics) log('info', 'metrics_listening', { url: `${metrics.url}/metrics` });
  log('info', 'listening', { url: server.url, environment, version });

  return {
    url: server.url,
    reload: secrets.reload,
    metricsUrl: metrics && `${metrics.url}/metrics`,
    close: async () => {
      log('info', 'stopping');
      const finished = await stopWithin(STOP_LIMIT_MS, [
        (signal) => Promise.all([server.close(signal), note?.stop()]),
        () => onboarding.stop(),
        (signal) => metrics?.close(signal) ?? Promise.resolve(),
        () => store.close(),
        () => Promise.all([upstream.close(), outgoing.close()]),
      ]);
      log(finished ? 'info' : 'warn', finished ? 'stopped' : 'stopped_unfinished');
      return finished;
    },
  };
}
