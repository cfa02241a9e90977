import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { Hono } from 'hono';
import { createTripwire } from '../../proxy/tripwire.ts';
import { guard } from '../../proxy/guard.ts';
import { passage } from '../../proxy/passage.ts';
import { Secret } from '../../proxy/secret.ts';
import { whenThere } from '../../proxy/soon.ts';

const twice = (value: number) => value * 2;

describe('a value that may be there already', () => {
  it('is used at once where it is', () => assert.equal(whenThere(21, twice), 42));

  it('is used when it is promised', async () => {
    const made = whenThere(Promise.resolve(21), twice);
    assert.notEqual(made, 42);
    assert.equal(await made, 42);
  });

  it('may be promised in another context', async () => {
    const promised = runInNewContext('Promise.resolve(21)') as Promise<number>;
    assert.ok(!(promised instanceof Promise));
    assert.equal(await whenThere(promised, twice), 42);
  });

  it('may be the body of an answer that the guard looks at', async () => {
    const tripwire = createTripwire();
    tripwire.add([new Secret('kvqp_sandbox_0123456789')]);
    const app = new Hono();
    app.use(passage([guard(tripwire, () => undefined)]));
    app.get('/', () => {
      const answer = new Response('kvqp_sandbox_0123456789');
      const text = runInNewContext('(said) => Promise.resolve(said)') as (said: string) => Promise<string>;
      answer.clone = () => Object.assign(new Response(), { text: () => text('kvqp_sandbox_0123456789') });
      return answer;
    });
    assert.equal((await app.request('/')).status, 500);
  });
});
