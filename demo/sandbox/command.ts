/** `kelviq-onboarding sandbox`: the stand-in for the Kelviq partner API as a command. */
import { startSandbox, type Sandbox } from './sandbox.ts';
import type { SandboxRequest } from './journal.ts';
import { SCENARIOS } from './scenarios.ts';

const DEFAULT_PORT = 8788;

/** A mistake that the person who started the command can put right; its message is the whole story. */
export class SandboxCommandError extends Error {
  override readonly name = 'SandboxCommandError';
}

/**
 * Starts the sandbox on `env.PORT` (default 8788), writes how to use it, then one line for each request.
 * Rejects with `SandboxCommandError` when PORT is not a port or is in use. The caller closes it.
 */
export async function runSandbox(
  env: Record<string, string | undefined>,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Promise<Sandbox> {
  const port = portOf(env['PORT']);
  const sandbox = await startSandbox({ port, onRequest: (request) => write(line(request)) }).catch(
    (error: unknown) => {
      const { code } = error as { code?: unknown };
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      const why = code === 'EACCES' ? 'may not be opened' : 'is in use';
      throw new SandboxCommandError(`Port ${port} ${why}. Choose another one: PORT=${port + 1}`);
    },
  );
  write(usage(sandbox));
  return sandbox;
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new SandboxCommandError('PORT must be a whole number from 0 to 65535.');
}

function usage({ url, partnerKey }: Sandbox): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length)) + 2;
  const scenarios = SCENARIOS.map(({ name, does }) => `  ${`${name}@`.padEnd(width)} ${does}`);
  return [
    `Kelviq sandbox on ${url}`,
    '',
    'For the proxy:',
    `  KELVIQ_BASE_URL=${url}`,
    `  KELVIQ_PARTNER_KEY=${partnerKey}`,
    '',
    'Any e-mail address signs up. These do something else (any domain; lost+2@… is a fresh address):',
    ...scenarios,
    '',
    '',
  ].join('\n');
}

/** One line for a request that has ended; nothing when it has only arrived. */
function line({ method, path, status, leaves, durationMs, sent }: SandboxRequest): string {
  if (durationMs === null) return '';
  const email = (sent as { email?: unknown } | null)?.email;
  const outcome = status === null ? 'no answer' : `${status}${leaves === 'half' ? ', cut in half' : ''}`;
  return `${method} ${path} ${typeof email === 'string' ? `${email} ` : ''}→ ${outcome} (${durationMs} ms)\n`;
}
