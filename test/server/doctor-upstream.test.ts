import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Step } from '../../demo/sandbox/script.ts';
import type { SandboxOptions } from '../../demo/sandbox/sandbox.ts';
import { createAsk } from '../../proxy/kelviq.ts';
import { fetchSend } from '../../proxy/http.ts';
import { checkUpstream, isProduction } from '../../proxy/node/commands/doctor/upstream.ts';
import { isExternalId, isOpenExternalId, isTrialExternalId } from '../../proxy/external-id.ts';
import { Secret } from '../../proxy/secret.ts';
import { listening } from '../support/doctor.ts';
import { start } from '../support/sandbox.ts';

/** Tries a sandbox out that meets `steps` one after the other. */
async function tried(steps: readonly Step[] = [], options: SandboxOptions = {}) {
  const sandbox = await start(options);
  sandbox.next(...steps);
  const asking = (key: string) =>
    createAsk({ partnerKey: new Secret(key), baseUrl: sandbox.url, send: fetchSend });
  const { tell, lines, of } = listening();
  const upstream = { environment: 'sandbox', baseUrl: sandbox.url } as const;
  await checkUpstream({ ask: asking(sandbox.partnerKey), askWrongly: asking('kvqp_wrong'), upstream }, tell);
  return { lines, sandbox, fail: of('fail') };
}

const usual = (count: number): Step[] => Array.from({ length: count }, () => 'normal');
const answering = (status: number, body: unknown = {}): Step => ({
  commits: false,
  answer: { status, body },
});

describe('doctor, a trial of Kelviq', () => {
  it('proves each assumption on one organization', async () => {
    const { lines, sandbox } = await tried();
    assert.deepEqual(new Set(lines.map(({ status }) => status)), new Set(['ok']));
    assert.equal(lines.length, 13);
    const [made, ...more] = sandbox.state.organizations;
    assert.deepEqual(more, []);
    assert.match(made?.email ?? '', /^doctor-[\da-f]{16}@example\.com$/);
    assert.match(lines.at(-1)?.what ?? '', /without its slash .* answered with 404/);
    assert.doesNotMatch(JSON.stringify(lines), /sk_test/);
  });

  it('is for no production, however it is reached', () => {
    for (const [environment, baseUrl, real] of [
      ['sandbox', 'https://sandboxapi.kelviq.com/api/v1', false],
      ['sandbox', 'https://api.kelviq.com/api/v1', true],
      ['production', 'https://gate.example/api/v1', true],
    ] as const)
      assert.equal(isProduction({ environment, baseUrl }), real);
  });

  it('takes an id that no customer can have', async () => {
    const { sandbox } = await tried();
    const { externalId = '' } = sandbox.state.organizations[0] ?? {};
    for (const id of [externalId, `${externalId}-3`])
      assert.deepEqual([isExternalId(id), isOpenExternalId(id), isTrialExternalId(id)], [false, false, true]);
  });

  const broken: [string, Step[], RegExp[]][] = [
    [
      'a 201 of somebody else',
      ['wrong-echo'],
      [/names the externalId/, /externalId gives the same/, /identifier gives/, /finds the first/],
    ],
    ['keys that come later', [{ keysAfterMs: 600_000 }], [/both keys at once/]],
    ['a read that finds nothing', [...usual(1), 'not-found'], [/a read by externalId/]],
    ['no read by identifier', [...usual(2), 'not-found'], [/a read by identifier/]],
    ['no filter', [...usual(3), answering(200, { results: [], count: 0 })], [/filtered by external_id/]],
    ['a list without a count', [...usual(4), answering(200, { results: [] })], [/in pages/]],
    [
      'a duplicate that is created',
      [...usual(5), answering(201)],
      [/in use is refused with 400; it is answered with 201/],
    ],
    [
      'a duplicate that is 409',
      [...usual(5), answering(409)],
      [/in use is refused with 400; it is answered with 409/],
    ],
    ['nothing after a duplicate', [...usual(6), 'not-found'], [/finds the first organization/]],
    [
      'a taken e-mail that is 400',
      [...usual(7), answering(400)],
      [/refused with 409; it is answered with 400/],
    ],
    ['an organization after a 409', [...usual(8), answering(200)], [/finds nothing \(404\)/]],
    [
      'an unknown id that is 200',
      [...usual(9), answering(200)],
      [/unknown externalId is 404; it is answered with 200/],
    ],
    ['a lost answer on the way', [...usual(9), 'lost'], [/unknown externalId is 404; it is no answer/]],
  ];
  for (const [name, steps, expected] of broken)
    it(`finds ${name}`, async () => {
      const { fail } = await tried(steps);
      assert.equal(fail.length, expected.length, JSON.stringify(fail));
      for (const [index, pattern] of expected.entries()) {
        assert.match(fail[index]?.what ?? '', pattern);
        assert.match(fail[index]?.what ?? '', /^not so: /);
        assert.notEqual(fail[index]?.fix, '');
      }
    });

  it('calls two organizations for one customer what it is', async () => {
    const { fail } = await tried([...usual(5), answering(201)]);
    assert.match(fail[0]?.fix ?? '', /do not go live/);
  });

  for (const [name, what] of [
    ['unauthorized', /401/],
    ['unavailable', /503/],
    ['lost-before', /connection .* was lost/],
  ] as const)
    it(`ends where the first POST meets "${name}"`, async () => {
      const { lines, sandbox } = await tried([name]);
      assert.deepEqual(
        lines.map(({ status }) => status),
        ['fail', 'skip'],
      );
      assert.match(lines[0]?.what ?? '', what);
      assert.equal(sandbox.state.requests.length, 1);
    });
});
