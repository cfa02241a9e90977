import assert from '../support/assert.ts';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSessionToken } from '../../proxy/backend.ts';
import { sweep } from '../support/leaks.ts';
import { startReceiver } from '../support/receiver.ts';
import { start } from '../support/sandbox.ts';
import { serveProcess } from '../support/serve-process.ts';

const origin = 'https://app.example.com';
const fresh = {
  key: () => `kvqp_sandbox_${randomBytes(16).toString('hex')}`,
  webhook: () => `whsec_${randomBytes(32).toString('base64')}`,
  session: () => randomBytes(32).toString('hex'),
};

describe('kelviq-onboarding serve, secrets in files', () => {
  it('takes each of them anew and loses nothing', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'kelviq-onboarding-'));
    t.after(() => rm(folder, { recursive: true }));
    const put = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, `${text}\n`);
      return path;
    };
    const [oldKey, newKey] = [fresh.key(), fresh.key()];
    const [oldHook, newHook] = [fresh.webhook(), fresh.webhook()];
    const [oldSession, newSession] = [fresh.session(), fresh.session()];

    const sandbox = await start({ partnerKey: oldKey });
    let known = oldHook;
    const receiver = await startReceiver(() => known);
    t.after(receiver.close);
    const proxy = serveProcess({
      KELVIQ_PARTNER_KEY_FILE: put('key', oldKey),
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: origin,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET_FILE: put('hook', oldHook),
      SESSION_SECRET_FILE: put('session', oldSession),
      DATABASE_URL: `sqlite:${join(folder, 'test.db')}`,
    });
    t.after(async () => {
      proxy.signal('SIGKILL');
      await proxy.ended;
    });
    const url = await proxy.url;
    const signUp = async (externalId: string, secret: string): Promise<number> => {
      const token = await createSessionToken({ secret, externalId });
      const response = await fetch(`${url}/v1/organizations`, {
        method: 'POST',
        headers: { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ email: `${externalId}@example.com` }),
      });
      await response.text();
      return response.status;
    };
    /** What the log says of the nth time that files were read again. */
    const reading = async (nth: number): Promise<string> => {
      for (;;) {
        const lines = proxy.output().out.split('\n').slice(0, -1);
        const line = lines.filter((one) => one.includes('"secrets_read_again"'))[nth - 1];
        if (line !== undefined) return line;
        await once(proxy.stdout, 'data');
      }
    };

    assert.equal(await signUp('c1', oldSession), 201);
    await receiver.received(1);

    sandbox.state.partnerKeys.clear();
    sandbox.state.partnerKeys.add(newKey);
    assert.equal(await signUp('c2', oldSession), 503, 'the file has the old one still');
    put('key', newKey);
    assert.equal(await signUp('c3', oldSession), 201);
    assert.match(await reading(1), /"hint":"changed: KELVIQ_PARTNER_KEY, read after a 401"/);
    await receiver.received(2);

    put('hook', `${newHook} ${oldHook}`);
    put('session', `${newSession} ${oldSession}`);
    proxy.signal('SIGHUP');
    const second = await reading(2);
    assert.match(second, /"hint":"changed: WEBHOOK_SECRET, SESSION_SECRET; unchanged: KELVIQ_PARTNER_KEY"/);
    assert.equal(await signUp('c4', oldSession), 201);
    await receiver.received(3);
    known = newHook;
    assert.equal(await signUp('c5', newSession), 201);
    await receiver.received(4);

    put('hook', newHook);
    put('session', newSession);
    put('key', 'hunter2hunter2');
    proxy.signal('SIGHUP');
    assert.match(await reading(3), /"hint":"changed: WEBHOOK_SECRET, SESSION_SECRET; unchanged: none"/);
    const kept =
      /"level":"error","event":"setting_kept","hint":"The value before stays in use: KELVIQ_PARTNER_KEY must be a partner key/;
    assert.match(proxy.output().out, kept);
    assert.equal(await signUp('c6', oldSession), 401);
    assert.equal(await signUp('c6', newSession), 201);
    await receiver.received(5);

    proxy.signal('SIGTERM');
    assert.equal(await proxy.ended, 0);
    assert.deepEqual(
      receiver.events.map(({ data }) => data.externalId),
      ['c1', 'c3', 'c4', 'c5', 'c6'],
    );
    const { out, err } = proxy.output();
    const secrets = { oldKey, newKey, oldHook, newHook, oldSession, newSession, garbage: 'hunter2hunter2' };
    assert.deepEqual(sweep({ out: Buffer.from(out), err: Buffer.from(err) }, secrets), []);
  });
});
