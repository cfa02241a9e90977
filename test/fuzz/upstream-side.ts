/** Hostile answers of Kelviq, over real sockets, to the client that has to make sense of them. */
import * as fc from 'fast-check';
import { createKelviq } from '../../proxy/kelviq.ts';
import { createNodeSend } from '../../proxy/node/http.ts';
import { Secret } from '../../proxy/secret.ts';
import { answer, startRawServer } from '../support/raw-server.ts';
import { campaign } from './campaign.ts';
import { anyJson, anyText, headerText } from './values.ts';

const EXTERNAL_ID = 'customer-1';
const SERVER_KEY = 'sk_test_5f0d7c3a9b1e4d2286fa';

/** All that the client may make of an answer. */
const SEEN = [
  'created',
  'refused',
  'limited',
  'unsent',
  'denied',
  'unusable',
  'unknown',
  'echo_failed',
  'found',
  'absent',
  'unread',
];

const mostly = <Value>(good: Value, bad: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(good) }, bad);

/** Bytes of an answer: good, wrong in its members, no JSON, or no HTTP. */
function hostileAnswers(): fc.Arbitrary<Buffer> {
  const organization = fc.record(
    {
      userId: mostly<unknown>(7, anyJson),
      organizationIdentifier: mostly<unknown>('0b9cf7f4-8f0f-4d5f-9d5a-2f9f6f2a4f10', anyJson),
      organizationSlug: mostly<unknown>('sonne', fc.oneof(anyJson, fc.constant(`x-${SERVER_KEY}`))),
      clientKey: mostly<unknown>('ck_test_1', fc.oneof(anyJson, fc.constant(SERVER_KEY))),
      serverKey: mostly<unknown>(SERVER_KEY, anyJson),
      partnerExternalId: mostly<unknown>(EXTERNAL_ID, anyJson),
      extra: anyJson,
    },
    { requiredKeys: [] },
  );
  const status = fc.oneof(
    fc.constantFrom(200, 201, 201, 400, 401, 404, 409, 429, 500),
    fc.integer({ min: 200, max: 599 }),
  );
  const body = fc.oneof(
    { weight: 4, arbitrary: organization.map((value) => JSON.stringify(value)) },
    anyJson.map((value) => JSON.stringify(value)),
    anyText,
    fc.nat(9000).map((depth) => '['.repeat(depth)),
  );
  const headers = fc.array(
    fc.tuple(fc.constantFrom('retry-after', 'location', 'set-cookie', 'content-type', 'x-a'), headerText),
    { maxLength: 3 },
  );
  const whole = fc
    .tuple(status, body, headers)
    .map(([code, text, more]) =>
      Buffer.from(answer(code, text ?? '', more.map(([name, value]) => `${name}: ${value}\r\n`).join(''))),
    );
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    fc.tuple(whole, fc.nat(400)).map(([bytes, length]) => bytes.subarray(0, length)),
    fc
      .tuple(whole, fc.nat(400))
      .map(([bytes, at]) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from('\0\r\n'), bytes.subarray(at)]),
      ),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
}

/** Answers a POST and a GET with each; rejects at the first that is made sense of wrongly. Gives counts by what was seen. */
export async function fuzzUpstreamSide(count: number, seed: number): Promise<Record<string, number>> {
  let next: Buffer = Buffer.alloc(0);
  const server = await startRawServer((socket) => void socket.end(next));
  const { send, close } = createNodeSend({ keepAliveTimeoutMs: 1 });
  const kelviq = createKelviq({ partnerKey: new Secret('kvqp_fuzz'), baseUrl: server.url, send });
  const seen: Record<string, number> = {};
  try {
    await campaign({
      name: 'upstream answers',
      arbitrary: hostileAnswers(),
      seed,
      count,
      batch: 64,
      lanes: 1,
      attempt: async (bytes) => {
        next = bytes;
        const email = 'a@example.com';
        const posted = await kelviq.provision({ externalId: EXTERNAL_ID, email, businessName: null });
        const read = await kelviq.read(EXTERNAL_ID);
        for (const one of [posted, read]) {
          seen[one.seen] = (seen[one.seen] ?? 0) + 1;
          if (!SEEN.includes(one.seen)) throw new Error(`saw ${one.seen}`);
          // Where no member says which text is the secret, nobody can know.
          const told = bytes.includes(`"serverKey":"${SERVER_KEY}"`);
          if (told && JSON.stringify(one).includes(SERVER_KEY)) throw new Error('shows the serverKey');
          const trusted = one.seen === 'created' || one.seen === 'found';
          if (trusted && !bytes.includes(`"partnerExternalId":"${EXTERNAL_ID}"`))
            throw new Error('trusts a wrong echo');
        }
      },
    });
    return seen;
  } finally {
    await server.close();
    await close();
  }
}
