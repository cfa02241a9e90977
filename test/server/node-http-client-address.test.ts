import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { canonicalAddress } from '../../proxy/address.ts';
import { createClientAddress } from '../../proxy/node/client-address.ts';

describe('canonicalAddress', () => {
  for (const [address, expected] of [
    ['203.0.113.9', '203.0.113.9'],
    [' 203.0.113.9 ', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:4711', '203.0.113.9'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:ffff::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:1:2:3:4', '2001:db8:0:0::/64'],
    ['[2001:db8:1:2::3]:443', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4::', '1:2:3:4::/64'],
    ['1.2.3', null],
    ['1.2.3.4.5', null],
    ['256.1.1.1', null],
    ['01.2.3.4', null],
    ['0x7f.1.1.1', null],
    ['1:2', null],
    ['unknown', null],
    ['_hidden', null],
    ['', null],
  ] as const) {
    it(`writes ${address || 'nothing'} as ${expected}`, () =>
      assert.equal(canonicalAddress(address), expected));
  }
});

describe('createClientAddress', () => {
  const remote = { incoming: { socket: { remoteAddress: '::ffff:10.0.0.1' } } };

  async function addressOf(trustedProxies: number, forwarded?: string): Promise<string | null> {
    const clientAddress = createClientAddress(trustedProxies, () => undefined);
    const app = new Hono().get('/', (c) => c.json(clientAddress(c)));
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    return (await (await app.request('/', { headers }, remote)).json()) as string | null;
  }

  for (const [trusted, forwarded, expected] of [
    [0, undefined, '10.0.0.1'],
    [0, '198.51.100.1', '10.0.0.1'],
    [1, undefined, '10.0.0.1'],
    [1, '198.51.100.1', '198.51.100.1'],
    [1, '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    [2, '1.1.1.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    [2, '198.51.100.1', '198.51.100.1'],
    [1, '1.1.1.1, 2001:db8::7', '2001:db8:0:0::/64'],
    [1, '1.1.1.1, 198.51.100.1:5000', '198.51.100.1'],
    [1, '1.1.1.1, unknown', '10.0.0.1'],
    [1, '', '10.0.0.1'],
  ] as const) {
    it(`believes ${trusted} hops of "${forwarded ?? 'none'}"`, async () => {
      assert.equal(await addressOf(trusted, forwarded), expected);
    });
  }

  it('counts all who are gone already as one', async () => {
    const clientAddress = createClientAddress(0, () => undefined);
    const app = new Hono().get('/', (c) => c.text(clientAddress(c)));
    const answer = await app.request('/', {}, { incoming: { socket: { remoteAddress: undefined } } });
    assert.equal(await answer.text(), 'gone');
  });

  it('warns once an hour of a proxy it does not trust', async () => {
    const events: string[] = [];
    let now = Date.UTC(2026, 10, 23);
    const clientAddress = createClientAddress(
      0,
      (_level, event) => void events.push(event),
      () => now,
    );
    const app = new Hono().get('/', (c) => c.json(clientAddress(c)));
    await app.request('/', {}, remote);
    assert.deepEqual(events, []);
    for (let count = 0; count < 3; count++)
      await app.request('/', { headers: { 'x-forwarded-for': '1.1.1.1' } }, remote);
    assert.deepEqual(events, ['forwarded_for_ignored']);
    now += 3_600_000;
    await app.request('/', { headers: { 'x-forwarded-for': '1.1.1.1' } }, remote);
    assert.equal(events.length, 2);
  });

  it('does not warn of a proxy it trusts', async () => {
    const events: string[] = [];
    const clientAddress = createClientAddress(1, (_level, event) => void events.push(event));
    const app = new Hono().get('/', (c) => c.json(clientAddress(c)));
    await app.request('/', { headers: { 'x-forwarded-for': '1.1.1.1' } }, remote);
    assert.deepEqual(events, []);
  });
});
