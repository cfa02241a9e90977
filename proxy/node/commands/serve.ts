/** `kelviq-onboarding serve`: the standalone server until it is asked to end. */
import { parseArgs } from 'node:util';
import { createLog, errorFrames, type Log } from '../../log.ts';
import { readSettings, watchSettings, type Settings } from '../config.ts';
import { StoreUnavailable, startServer } from '../server.ts';
import type { Command } from './command.ts';
import { listenTrouble } from './listen-trouble.ts';
import { createTripwire, guardedWrite } from '../../tripwire.ts';
import { sqlitePath } from '../../store-url.ts';
import { storeFix, storeTrouble } from '../../store-trouble.ts';

/** Runs the server. A SIGTERM ends it with 0, a mistake in the settings with 1. */
export const serve: Command = {
  usage: `Usage: kelviq-onboarding serve

Runs the proxy. Settings are environment variables; each may also be a file, named by NAME_FILE.

  KELVIQ_PARTNER_KEY   your partner key, kvqp_…                           required
  KELVIQ_ENV           sandbox or production                              sandbox
  ALLOWED_ORIGINS      origins of your pages, separated by commas         required
  WEBHOOK_URL          where your backend receives the serverKey          required
  WEBHOOK_SECRET       whsec_…, several separated by spaces               required
  SESSION_SECRET       signs session tokens, several separated by spaces
  OPEN_SIGNUP          true: anybody may sign up, without a session token
  HOST, PORT           where it listens                                   0.0.0.0, 8787
  DATABASE_URL         sqlite: and a path, or postgres://…                sqlite:./data/kelviq-onboarding.db

SIGHUP reads the files of KELVIQ_PARTNER_KEY, WEBHOOK_SECRET and SESSION_SECRET again.
The README lists the others. Logs are JSON lines on standard output.
`,
  run: async (args, { env, write, complain, onReload, ended }) => {
    parseArgs({ args, options: {} });
    const reading = readSettings(env);
    if (!reading.ok) {
      complain(
        `The settings need a correction:\n${reading.mistakes.map((mistake) => `  ${mistake}\n`).join('')}`,
      );
      return 1;
    }
    const { settings } = reading;
    const tripwire = createTripwire();
    watchSettings(settings, tripwire);
    const log = createLog(settings.logLevel, guardedWrite(write, tripwire));
    endOnDefects(log);
    const over = ended();
    const starting = startServer(settings, log, undefined, env, tripwire);
    onReload(() => {
      void starting.then(
        ({ reload }) => reload(),
        () => undefined,
      );
    });
    const started = starting.catch((error: unknown) => {
      complain(`${startFailure(error, settings)}\n`);
      return null;
    });
    // A database may keep it waiting; nothing is in hand before it listens.
    const server = await Promise.race([started, over.then(() => 'over' as const)]);
    if (server === 'over') return 0;
    if (!server) return 1;
    await over;
    await server.close();
    return 0;
  },
};

/** After a defect that nobody caught, the state in memory is unknown; the rows are what counts. */
function endOnDefects(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log('error', 'defect', { error: errorFrames(error) });
      process.exit(1);
    });
  }
}

function startFailure(error: unknown, settings: Settings): string {
  if (error instanceof StoreUnavailable) {
    const fix = storeFix(error.cause, sqlitePath(settings.databaseUrl) !== null);
    return `The database cannot be opened: ${storeTrouble(error.cause)}.\n→ ${fix}`;
  }
  const { syscall, code, port = settings.port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === undefined || !/^(?:listen|bind|getaddrinfo)/.test(syscall ?? ''))
    return `The server cannot start: ${errorFrames(error)}`;
  const { what, fix } = listenTrouble(code, port, port === settings.metricsPort ? 'METRICS_PORT' : 'PORT');
  return `${what}. ${fix}.`;
}
