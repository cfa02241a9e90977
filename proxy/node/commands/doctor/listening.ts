/** The doctor's look at HOST and PORT: that a server could listen there, or does. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from '../../../zod.ts';
import { readVariable, type Environ } from '../../config.ts';
import { listenTrouble, type PortSetting } from '../listen-trouble.ts';
import type { Tell } from './report.ts';

const PATIENCE_MS = 3000;

/** What `/healthz` of this server says, and hardly anybody else's. */
const healthSchema = z.object({ status: z.literal('ok'), version: z.string().regex(/^[\w.+-]{1,64}$/) });

/** Says whether the ports of the settings can be had; beside a running server, that it runs. */
export async function checkListening(env: Environ, tell: Tell): Promise<void> {
  const host = readVariable(env, 'HOST');
  const port = readVariable(env, 'PORT');
  const metricsPort = readVariable(env, 'METRICS_PORT');
  if (!host.ok || !port.ok || !metricsPort.ok) return tell('skip', 'the settings come first');
  const trial = await tryPort(host.value, port.value);
  if (trial === 'EADDRINUSE') {
    const version = await versionAt(host.value, port.value);
    // Its metrics have their port, then.
    if (version !== null) return tell('ok', `kelviq-onboarding ${version} runs on port ${port.value}`);
  }
  say('PORT', port.value, trial);
  if (trial === null && metricsPort.value !== null)
    say('METRICS_PORT', metricsPort.value, await tryPort(host.value, metricsPort.value));

  function say(setting: PortSetting, number: number, code: string | null): void {
    if (code === null)
      return tell('ok', number === 0 ? `${setting} is any that is free` : `port ${number} is free`);
    const { what, fix } = listenTrouble(code, number, setting);
    if (setting === 'PORT' && code === 'EADDRINUSE')
      return tell(
        'fail',
        `${what}, and no kelviq-onboarding answers there`,
        'End what listens there, or choose another one with PORT',
      );
    tell('fail', what, fix);
  }
}

/** Listens for a moment. The code of the failure; null where there is none. */
async function tryPort(host: string, port: number): Promise<string | null> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** The release of the server that listens there; null where it is another program, or gives no answer. */
async function versionAt(host: string, port: number): Promise<string | null> {
  // What stands for every address of this machine is none to connect to.
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const request = get({ host: address, port, path: '/healthz', agent: false, signal });
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage];
    return healthSchema.parse(await json(response)).version;
  } catch {
    return null;
  }
}
