import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Clock } from '../../proxy/clock.ts';
import { SCENARIOS } from '../../demo/sandbox/scenarios.ts';
import { post, read, start } from '../support/sandbox.ts';

/** A clock that moves only when told. `asked` resolves with the length of the next sleep as it begins. */
function handClock() {
  let time = 1_700_000_000_000;
  let began: ((ms: number) => void) | undefined;
  const waiting: { until: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        waiting.push({ until: time + ms, wake: resolve });
        signal?.addEventListener('abort', () => resolve());
        began?.(ms);
      }),
  };
  const asked = () => new Promise<number>((resolve) => (began = resolve));
  const advance = (ms: number) => {
    time += ms;
    for (const { until, wake } of waiting) if (until <= time) wake();
  };
  return { clock, asked, advance };
}

const signup = (name: string) => ({ externalId: `id-${name}`, email: `${name}+1@any.example` });

describe('scenarios', () => {
  /** Status of each POST in turn (null: none), and whether the first one created the organization. */
  const table: Record<string, { posts: (number | null)[]; creates: boolean }> = {
    taken: { posts: [409, 409], creates: false },
    lost: { posts: [null, 400], creates: true },
    error: { posts: [500, 201], creates: false },
    'null-keys': { posts: [201], creates: true },
    'rate-limited': { posts: [429, 201], creates: false },
    unavailable: { posts: [503, 503, 201], creates: false },
    'lost-before': { posts: [null, 201], creates: false },
    truncated: { posts: [null, 400], creates: true },
    gateway: { posts: [502, 400], creates: true },
    html: { posts: [200, 201], creates: false },
    invalid: { posts: [400, 400], creates: false },
    unprocessable: { posts: [422, 422], creates: false },
    'null-echo': { posts: [201], creates: true },
    'wrong-echo': { posts: [201], creates: true },
    unauthorized: { posts: [401, 401], creates: false },
    forbidden: { posts: [403, 403], creates: false },
    'not-found': { posts: [404, 404], creates: false },
    precondition: { posts: [428, 428], creates: false },
    redirect: { posts: [302, 302], creates: false },
  };

  for (const [name, { posts, creates }] of Object.entries(table)) {
    it(`${name}@ answers ${posts.map((status) => status ?? 'a cut').join(', ')}`, async () => {
      const sandbox = await start();
      for (const [index, expected] of posts.entries()) {
        const answer = await post(sandbox, signup(name)).catch(() => null);
        assert.equal(answer?.status ?? null, expected);
        if (index === 0) assert.equal(sandbox.state.organizations.length, creates ? 1 : 0);
      }
    });
  }

  it('waiting ones and the table cover all there are', () => {
    const waiting = ['slow', 'hang', 'hang-before'];
    assert.deepEqual(
      SCENARIOS.map(({ name }) => name).toSorted(),
      [...Object.keys(table), ...waiting].toSorted(),
    );
  });

  it('slow@ answers after 10 s', async () => {
    const { clock, asked, advance } = handClock();
    const sandbox = await start({ clock });
    const sleeping = asked();
    const answer = post(sandbox, signup('slow'));
    assert.equal(await sleeping, 10_000);
    assert.equal(sandbox.state.organizations.length, 1);
    assert.equal(sandbox.state.requests[0]?.status, null);
    advance(10_000);
    assert.equal((await answer).status, 201);
  });

  for (const [name, count] of Object.entries({ hang: 1, 'hang-before': 0 })) {
    it(`${name}@ is silent until it is closed`, async () => {
      let arrive: (() => void) | undefined;
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      const sandbox = await start({ onRequest: () => arrive?.() });
      const answer = post(sandbox, signup(name)).then(
        () => 'answered',
        () => 'cut',
      );
      await arrived;
      await sandbox.close();
      assert.equal(await answer, 'cut');
      assert.equal(sandbox.state.organizations.length, count);
    });
  }

  it('null-keys@ fills its keys in after 5 s', async () => {
    const { clock, advance } = handClock();
    const sandbox = await start({ clock });
    const { body } = await post(sandbox, signup('null-keys'));
    assert.deepEqual([body['clientKey'], body['serverKey']], [null, null]);
    advance(4999);
    assert.equal((await read(sandbox, 'id-null-keys')).body['serverKey'], null);
    advance(1);
    assert.match(String((await read(sandbox, 'id-null-keys')).body['serverKey']), /^sk_test_/);
  });

  it('null-echo@ is put right by a read, wrong-echo@ is not', async () => {
    const sandbox = await start();
    assert.equal((await post(sandbox, signup('null-echo'))).body['partnerExternalId'], null);
    assert.equal((await read(sandbox, 'id-null-echo')).body['partnerExternalId'], 'id-null-echo');
    assert.equal((await post(sandbox, signup('wrong-echo'))).body['partnerExternalId'], 'somebody-else');
    assert.equal((await read(sandbox, 'id-wrong-echo')).body['partnerExternalId'], 'somebody-else');
  });

  it('rate-limited@ says when to come back', async () => {
    const sandbox = await start();
    assert.equal((await post(sandbox, signup('rate-limited'))).headers.get('retry-after'), '2');
  });

  it('redirect@ leads to another origin, which keeps a record', async () => {
    const sandbox = await start();
    const { headers } = await post(sandbox, signup('redirect'));
    const location = new URL(headers.get('location') ?? '');
    assert.notEqual(location.origin, new URL(sandbox.url).origin);
    assert.equal(location.port, new URL(sandbox.url).port);
  });
});

describe('script', () => {
  it('lines up answers for a subject and a method', async () => {
    const sandbox = await start();
    sandbox.script({ subject: 'acme', method: 'GET' }, ['not-found', 'error', 'normal']);
    await post(sandbox, { externalId: 'acme', email: 'a@b.example' });
    await post(sandbox, { externalId: 'other', email: 'o@b.example' });
    assert.equal((await read(sandbox, 'other')).status, 200);
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await read(sandbox, 'acme')).status);
    assert.deepEqual(statuses, [404, 500, 200, 200]);
  });

  it('finds a read by the e-mail of its organization', async () => {
    const sandbox = await start();
    await post(sandbox, { externalId: 'acme', email: 'a@b.example' });
    sandbox.script('a@b.example', ['null-keys', 'wrong-echo']);
    assert.equal((await read(sandbox, 'acme')).body['serverKey'], null);
    assert.equal((await read(sandbox, 'acme')).body['partnerExternalId'], 'somebody-else');
  });

  it('cuts a read when next says so', async () => {
    const sandbox = await start();
    sandbox.next('lost', { commits: false, answer: { status: 418, body: {} } });
    await assert.rejects(read(sandbox, 'acme'));
    assert.equal((await read(sandbox, 'acme')).status, 418);
  });
});
