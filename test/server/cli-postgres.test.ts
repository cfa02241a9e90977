import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { openStore } from '../../proxy/store-url.ts';
import { webhookSecret } from '../support/delivery-event.ts';
import { postgresAddress } from '../support/postgres.ts';
import { post, start } from '../support/sandbox.ts';
import { signupRow } from '../support/signup-row.ts';
import { runBin } from '../support/terminal.ts';

describe('the commands on PostgreSQL', () => {
  it('reconcile, list, show, retry, and find all well', async (t) => {
    const sandbox = await start();
    const address = await postgresAddress(t);
    const store = openStore(address);
    t.after(() => store.close());
    await store.open();
    for (const externalId of ['c1', 'c2', 'c3'])
      await post(sandbox, { externalId, email: `${externalId}@example.com` });
    await store.begin(signupRow('c1', { createdAt: 1, leaseUntil: 0 }), null, [], 0);
    const env = {
      KELVIQ_PARTNER_KEY: sandbox.partnerKey,
      KELVIQ_BASE_URL: sandbox.url,
      ALLOWED_ORIGINS: 'https://app.example.com',
      WEBHOOK_URL: 'https://api.example.com/hooks',
      WEBHOOK_SECRET: webhookSecret,
      DATABASE_URL: address,
      PORT: '0',
    };
    const bin = (...args: string[]) => runBin(args, env);

    assert.equal((await bin('reconcile')).code, 3);
    assert.equal((await store.list({ limit: 9 })).length, 1);
    const { code, out } = await bin('reconcile', '--yes');
    assert.equal(code, 0);
    assert.match(out, /^Compared 3: 0 agree, 2 missing, 1 unresolved\.\n3 due now\./m);
    assert.ok(((await store.nextDue()) ?? Infinity) <= Date.now());

    assert.match((await bin('deliveries', 'list')).out, /^provisioned .* c3$/m);
    const shown = await bin('deliveries', 'show', 'c2', '--json');
    const { requestId } = JSON.parse(shown.out) as { requestId: string };
    assert.match((await bin('deliveries', 'show', requestId)).out, / reconciled /);
    assert.match((await bin('deliveries', 'retry', '--all')).out, /^3 due now/);

    const doctor = await bin('doctor');
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /^ok {4}settings: rows are kept in PostgreSQL at /m);
    assert.match(doctor.out, /^ok {4}store: it opens and can be written$/m);
  });

  for (const args of [['deliveries', 'list'], ['reconcile'], ['doctor']])
    it(`say why ${args[0]} cannot reach it, without the password`, async () => {
      const { code, out, err } = await runBin(args, {
        KELVIQ_PARTNER_KEY: 'kvqp_1',
        KELVIQ_BASE_URL: 'http://127.0.0.1:1/api/v1',
        DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/rows',
      });
      assert.equal(code, 1);
      assert.match(out + err, /its server refuses connections \(ECONNREFUSED\)/);
      assert.doesNotMatch(out + err, /hunter2/);
    });
});
