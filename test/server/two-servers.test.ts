import assert from '../support/assert.ts';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { checkStore } from '../../proxy/node/commands/doctor/store.ts';
import { readSettings } from '../../proxy/node/config.ts';
import { startServer } from '../../proxy/node/server.ts';
import { listening } from '../support/doctor.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { databasePath } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

const TURN_MS = 5000;

it('says that two servers work on one SQLite file', async (t) => {
  const path = await databasePath(t);
  const clock = new FakeClock();
  const settings = {
    KELVIQ_PARTNER_KEY: 'kvqp_test_nobody',
    KELVIQ_BASE_URL: 'http://127.0.0.1:9',
    ALLOWED_ORIGINS: 'https://app.example.com',
    WEBHOOK_URL: 'http://127.0.0.1:9/hook',
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    DATABASE_URL: `sqlite:${path}`,
    HOST: '127.0.0.1',
    PORT: '0',
  };
  const read = readSettings(settings);
  assert.equal(read.ok, true);
  if (!read.ok) return;
  const serve = async () => {
    const lines: string[] = [];
    const log = (level: string, event: string, fields = {}) =>
      void lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
    const { close } = await startServer(read.settings, log, (ports) => ({ ...ports, clock }));
    t.after(close);
    return { close, warned: () => lines.some((line) => line.startsWith('warn database_shared ')) };
  };
  /** Lets time pass until something is so; the notes are written in time of the disk's own. */
  const until = async (holds: () => Promise<boolean> | boolean) => {
    while (!(await holds())) await clock.advance(TURN_MS);
  };
  const said = async () => {
    const { tell, lines } = listening();
    await checkStore(settings, tell, clock);
    return lines.map(({ status, what }) => `${status} ${what}`);
  };
  const name = `process ${process.pid} on "${hostname()}"`;

  const one = await serve();
  await until(async () => (await said()).includes(`ok a server works on it: ${name}`));
  const another = await serve();
  await until(() => one.warned() && another.warned());
  await until(async () => (await said()).includes(`warn two servers work on it: ${name}, and ${name}`));
  assert.deepEqual(await runBin(['deliveries', 'list'], settings), {
    code: 0,
    out: '',
    err: 'There are none.\n',
  });
  await Promise.all([one.close(), another.close()]);
  assert.deepEqual(
    (await readdir(dirname(path))).filter((file) => file.endsWith('-server')),
    [],
  );
});
