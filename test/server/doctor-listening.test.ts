import assert from '../support/assert.ts';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { checkListening } from '../../proxy/node/commands/doctor/listening.ts';
import type { Environ } from '../../proxy/node/config.ts';
import { findPackage } from '../../proxy/node/package.ts';
import { startServer } from '../../proxy/node/server.ts';
import { listening } from '../support/doctor.ts';
import { settingsOf } from '../support/environment.ts';
import { databasePath } from '../support/store.ts';

/** What is said of these settings, one line each. */
async function said(env: Environ): Promise<string[]> {
  const { tell, lines } = listening();
  await checkListening(env, tell);
  return lines.map(({ status, what, fix }) => [status, what, fix].join(' | '));
}

/** The port of another program, which answers like this. */
async function taken(t: TestContext, answer: RequestListener): Promise<string> {
  const other = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  return String((other.address() as AddressInfo).port);
}

describe('doctor, where the server listens', () => {
  it('finds a port that is free', async () => {
    assert.deepEqual(await said({ PORT: '0', METRICS_PORT: '0' }), [
      'ok | PORT is any that is free | ',
      'ok | METRICS_PORT is any that is free | ',
    ]);
  });

  for (const host of ['0.0.0.0', '127.0.0.1', 'localhost', '::', '::1'])
    it(`finds the server that runs on ${host}`, async (t) => {
      const settings = settingsOf({
        HOST: host,
        PORT: '0',
        DATABASE_URL: `sqlite:${await databasePath(t)}`,
      });
      const server = await startServer(settings, () => undefined);
      t.after(() => server.close());
      const { port } = new URL(server.url);
      assert.deepEqual(await said({ HOST: host, PORT: port, METRICS_PORT: port }), [
        `ok | kelviq-onboarding ${findPackage().version} runs on port ${port} | `,
      ]);
    });

  for (const [what, answer] of [
    ['404', (_, response) => void response.writeHead(404).end()],
    ['another health', (_, response) => void response.end('{"status":"UP"}')],
    ['no answer', (request) => void request.socket.destroy()],
  ] as const satisfies [string, RequestListener][])
    it(`names a port that another program has: ${what}`, async (t) => {
      const port = await taken(t, answer);
      assert.deepEqual(await said({ PORT: port }), [
        `fail | Port ${port} is in use, and no kelviq-onboarding answers there | End what listens there, or choose another one with PORT`,
      ]);
    });

  it('names a METRICS_PORT that is in use', async (t) => {
    const port = await taken(t, () => undefined);
    assert.deepEqual((await said({ PORT: '0', METRICS_PORT: port })).slice(1), [
      `fail | Port ${port} is in use | Choose another one with METRICS_PORT`,
    ]);
  });

  // 192.0.2.0/24 is for documentation alone (RFC 5737).
  it('names a HOST that is of another machine', async () => {
    assert.deepEqual(await said({ HOST: '192.0.2.1', PORT: '0', METRICS_PORT: '0' }), [
      'fail | HOST is not an address of this machine | Leave it out to listen on all of them',
    ]);
  });
});
