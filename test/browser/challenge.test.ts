import { expect } from '@open-wc/testing';
import type { Challenge } from '../../proxy/contract.ts';
import { solve } from '../../widget/challenge.ts';
import {
  json,
  mount,
  organization,
  page,
  problem,
  record,
  session,
  setUp,
  settled,
  when,
} from './scripted.ts';

/** What the proxy gives, at a cost that tests can afford; its prefix asks for about 16 tries. */
const challenge = (keyPrefix = '0', salt = '00ff10'): Challenge => ({
  parameters: {
    algorithm: 'PBKDF2/SHA-256',
    nonce: '000102030405060708090a0b0c0d0e0f',
    salt,
    cost: 1,
    expiresAt: 2_000_000_000,
    keyLength: 32,
    keyPrefix,
    keySignature: 'key',
  },
  signature: `signature of ${salt}`,
});
const decoded = (payload: unknown) =>
  JSON.parse(atob(payload as string)) as {
    challenge: Challenge;
    solution: { counter: number; derivedKey: string };
  };
const required = { ...session, challenge: 'required' as const };

describe('the proof of work', () => {
  let world: ReturnType<typeof setUp>;
  beforeEach(() => (world = setUp()));
  afterEach(() => world.stop());

  const asked = () => world.proxy.seen.filter(({ path }) => path.endsWith('/v1/challenge'));
  const proofs = () =>
    world.proxy.signups.map(({ body }) => (body as { challenge?: string }).challenge).filter(Boolean);
  /** Every challenge is another one. */
  const giveChallenges = (keyPrefix?: string) => {
    let serial = 0;
    world.proxy.session = required;
    world.proxy.others = (path) =>
      path.endsWith('/v1/challenge') ? json(200, challenge(keyPrefix, `0${serial++}`)) : undefined;
  };

  it('derives the key as the contract says', async () => {
    const { challenge: same, solution } = decoded(await solve(challenge(), new AbortController().signal));
    expect(same).to.deep.equal(challenge());
    const password = Uint8Array.from({ length: 20 }, (_, at) => (at < 16 ? at : 0));
    new DataView(password.buffer).setUint32(16, solution.counter);
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const salt = Uint8Array.of(0x00, 0xff, 0x10);
    const bits = await crypto.subtle.deriveBits(
      { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 1 },
      key,
      256,
    );
    expect(solution.derivedKey).to.equal(
      [...new Uint8Array(bits)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    );
    expect(solution.derivedKey[0]).to.equal('0');
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    const solved = solve(challenge('x'), controller.signal);
    controller.abort();
    expect(await solved).to.equal(undefined);
  });

  it('gives up on what nobody can solve', async () => {
    const solved = solve(challenge('x'), new AbortController().signal);
    await world.clock.advance(60_000);
    expect(await solved).to.equal(undefined);
  });

  it('is asked for at submit alone, and goes along', async () => {
    giveChallenges();
    const element = await mount();
    expect(asked()).to.be.empty;
    await page(element).signUp();
    await when(() => element.state === 'success');
    expect(asked()).to.have.lengthOf(1);
    expect(asked()[0]!.headers.get('idempotency-key')).to.equal(
      world.proxy.signups[0]!.headers.get('idempotency-key'),
    );
    expect(decoded(proofs()[0]).challenge.signature).to.equal('signature of 00');
  });

  it('is not asked for where none is required', async () => {
    await page(await mount()).signUp();
    expect(asked()).to.be.empty;
    expect(proofs()).to.be.empty;
  });

  it('is spoken of after half a second', async () => {
    giveChallenges('x');
    const element = await mount();
    await page(element).signUp();
    await when(() => asked().length > 0);
    await world.clock.advance(400);
    expect(page(element).said()).to.equal('Creating your account…');
    await world.clock.advance(200);
    expect(page(element).said()).to.equal('A short safety check…');
    expect(page(element).find('form .foot')!.textContent.trim()).to.equal('A short safety check…');
    element.remove();
  });

  it('is used again while one signup is asked for', async () => {
    giveChallenges();
    world.proxy.posts = ['unreachable', json(201, organization)];
    const element = await mount();
    await page(element).signUp();
    await when(() => world.proxy.signups.length > 0);
    await world.clock.advance(1000);
    await when(() => element.state === 'success');
    expect(asked()).to.have.lengthOf(1);
    expect(proofs()[0]).to.equal(proofs()[1]);
  });

  it('is a fresh one for every attempt', async () => {
    giveChallenges();
    world.proxy.posts = [
      problem(409, 'email_taken', [{ pointer: '/email', code: 'taken', detail: '' }]),
      json(201, organization),
    ];
    const element = await mount();
    await page(element).signUp();
    await when(() => element.error !== null);
    await page(element).signUp('eva@example.com');
    await when(() => element.state === 'success');
    expect(proofs().map((proof) => decoded(proof).challenge.signature)).to.deep.equal([
      'signature of 00',
      'signature of 01',
    ]);
  });

  it('is made anew once when it is refused', async () => {
    giveChallenges();
    world.proxy.posts = [problem(403, 'challenge_failed'), json(201, organization)];
    const element = await mount();
    const events = record(element);
    await page(element).signUp();
    await when(() => element.state === 'success');
    expect(asked()).to.have.lengthOf(2);
    expect(proofs()[0]).not.to.equal(proofs()[1]);
    expect(events.filter(([type]) => type === 'error')).to.be.empty;
  });

  it('goes along when the session comes after the submit', async () => {
    giveChallenges();
    const answer = world.hold((path) => path.endsWith('/v1/session'));
    const element = await mount();
    const events = record(element);
    await page(element).signUp();
    await settled();
    expect(element.state).to.equal('submitting');
    expect(world.proxy.signups).to.be.empty;
    answer.letGo();
    await when(() => element.state === 'success');
    expect(world.proxy.signups).to.have.lengthOf(1);
    expect(proofs()).to.have.lengthOf(1);
    expect(world.proxy.reads).to.have.lengthOf(1);
    expect(events.map(([type]) => type)).not.to.include('ready');
  });

  it('is made after a refusal where the session takes a second', async () => {
    giveChallenges();
    world.proxy.session = 'silent';
    world.proxy.posts = [problem(403, 'challenge_failed'), json(201, organization)];
    const element = await mount();
    await page(element).signUp();
    await world.clock.advance(900);
    expect(world.proxy.signups).to.be.empty;
    await world.clock.advance(100);
    await when(() => element.state === 'success');
    expect(asked()).to.have.lengthOf(1);
    expect(proofs()).to.have.lengthOf(1);
  });

  it('is not waited for where the session cannot be had', async () => {
    for (const reply of ['unreachable', problem(503, 'not_available'), json(404, '')] as const) {
      world.stop();
      world = setUp();
      const answer = world.hold((path) => path.endsWith('/v1/session'));
      world.proxy.session = reply;
      const element = await mount();
      await page(element).signUp();
      answer.letGo();
      await when(() => element.state === 'success');
      element.remove();
    }
  });

  it('is not sent by who has left before the session came', async () => {
    const answer = world.hold((path) => path.endsWith('/v1/session'));
    const element = await mount();
    await page(element).signUp();
    element.remove();
    await settled();
    answer.letGo();
    await world.clock.advance(2000);
    expect(world.proxy.signups).to.be.empty;
  });

  it('is not made a third time', async () => {
    giveChallenges();
    world.proxy.posts = [problem(403, 'challenge_failed')];
    const element = await mount();
    await page(element).signUp();
    await when(() => element.state === 'failed');
    expect(world.proxy.signups).to.have.lengthOf(2);
    expect(page(element).part('alert')!.textContent).to.contain('The check failed');
  });

  it('is left out where nothing has to be proved any more', async () => {
    world.proxy.session = required;
    world.proxy.others = (path) => (path.endsWith('/v1/challenge') ? problem(404, 'not_found') : undefined);
    const element = await mount();
    await page(element).signUp();
    await when(() => element.state === 'success');
    expect(proofs()).to.be.empty;
  });

  it('waits for a proxy that is busy', async () => {
    world.proxy.session = required;
    let tries = 0;
    world.proxy.others = () => (tries++ ? json(200, challenge()) : problem(503, 'overloaded'));
    const element = await mount();
    await page(element).signUp();
    expect(world.proxy.signups).to.be.empty;
    await world.clock.advance(1000);
    await when(() => element.state === 'success');
    expect(proofs()).to.have.lengthOf(1);
  });

  it('stops with the element', async () => {
    giveChallenges('x');
    const element = await mount();
    await page(element).signUp();
    await when(() => asked().length > 0);
    element.remove();
    await settled();
    await world.clock.advance(61_000);
    expect(world.proxy.signups).to.be.empty;
  });

  it('leaves the page its turns', async () => {
    let turns = 0;
    let isSolved = false;
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      turns++;
      if (!isSolved) port2.postMessage(null);
    });
    port1.start();
    port2.postMessage(null);
    const solved = await solve(challenge('00'), new AbortController().signal);
    isSolved = true;
    port1.close();
    expect(decoded(solved).solution.counter).to.be.above(100);
    expect(turns).to.be.above(10);
  });
});
