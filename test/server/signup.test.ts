import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import type { Seen } from '../../proxy/signup-terms.ts';
import { attempted, doubtOf, newRun, next } from '../../proxy/signup.ts';
import { BEGIN, organization, requested, rowIn, walk, wish, type Walk } from '../support/signup.ts';

const absent = { seen: 'absent' } as const;
const taken = { seen: 'refused', code: 'email_taken' } as const;
const lost = { seen: 'unknown', soon: false, code: 'http_502' } as const;
const soon = { seen: 'unknown', soon: true, code: 'http_503' } as const;
const HOUR = 3_600_000;
/** A refusal whose time is over. */
const over = () => walk().see(taken).see(absent).takeUp('worker', 600_000);

/** Answers every read with `seen` until the walk goes on otherwise. */
function readOut(walker: Walk, seen: Seen): Walk {
  while (walker.step.effect.do === 'read') walker.see(seen);
  return walker;
}

describe('an attempt', () => {
  it('counts and dates itself before its POST', () => {
    const row = requested();
    assert.deepEqual([row.attempt, row.attemptedAt, row.settled, row.state], [1, BEGIN, false, 'requested']);
  });

  it('remembers the doubt of the one before', () => {
    const again = attempted(requested(), BEGIN + 40_000);
    assert.equal(again.doubtAt, BEGIN);
    assert.equal(doubtOf(again), BEGIN + 40_000);
    const settled = attempted(requested({ settled: true }), BEGIN + 40_000);
    assert.equal(settled.doubtAt, null);
  });
});

describe('a POST answered with 201', () => {
  it('is committed before anybody is told, and delivered', () => {
    const { step } = walk().see({ seen: 'created', organization: organization(), heard: true });
    assert.equal(step.commit, true);
    assert.deepEqual(step.answer, { told: 'organization' });
    assert.equal(step.effect.do, 'deliver');
    assert.equal(step.row?.state, 'provisioned');
    assert.equal(step.row?.email, wish.email);
    assert.deepEqual([step.row?.created, step.row?.told, step.row?.emailHash], [true, true, null]);
  });

  it('waits with its news for a browser that has left', () => {
    const { row } = walk().see({ seen: 'created', organization: organization(), heard: false });
    assert.deepEqual([row?.created, row?.told, row?.emailHash], [true, false, wish.emailHash]);
  });

  it('never leads to another POST when its echo is wrong', () => {
    const walker = walk().see({ seen: 'echo_failed', from: 'post' });
    assert.equal(walker.step.commit, true);
    assert.deepEqual([walker.row?.state, walker.row?.failure], ['requested', 'echo_mismatch']);
    readOut(walker, absent);
    assert.deepEqual([walker.step.effect.do, walker.row?.state], ['rest', 'attention']);
    readOut(walker.takeUp('customer', 48 * HOUR), absent);
    assert.equal(walker.step.effect.do, 'rest');
    assert.deepEqual([walker.row?.state, walker.row?.failure], ['attention', 'echo_mismatch']);
  });

  it('is looked at again while Kelviq cannot be read', () => {
    const walker = walk().see({ seen: 'echo_failed', from: 'post' });
    readOut(walker, { seen: 'unread', code: 'http_503' });
    assert.deepEqual([walker.row?.state, walker.row?.failure], ['requested', 'echo_mismatch']);
    assert.ok((walker.row?.dueAt ?? 0) > walker.now);
  });

  it('is repaired by a read with the right echo', () => {
    const walker = walk().see({ seen: 'echo_failed', from: 'post' });
    walker.see({ seen: 'found', organization: organization(), heard: true });
    assert.deepEqual([walker.row?.state, walker.step.effect.do], ['provisioned', 'deliver']);
  });
});

describe('an unknown outcome', () => {
  it('is read at 0, 0.5, 1, 2, 4 and 8 s, then rests', () => {
    const walker = walk().see(lost);
    const at = [];
    while (walker.step.effect.do === 'read') {
      at.push(walker.now - BEGIN + walker.step.effect.afterMs);
      walker.see(absent);
    }
    assert.deepEqual(at, [0, 500, 1000, 2000, 4000, 8000]);
    assert.deepEqual([walker.step.effect.do, walker.row?.state], ['rest', 'requested']);
    assert.deepEqual(walker.told, { told: 'pending' });
  });

  it('is provisioned, as its own, when a read finds it', () => {
    const { row, step } = walk().see(lost).see({ seen: 'found', organization: organization(), heard: true });
    assert.deepEqual([row?.state, row?.created, row?.email], ['provisioned', true, wish.email]);
    assert.equal(step.effect.do, 'deliver');
  });

  for (const [afterMs, effect] of [
    [29_999, 'read'],
    [30_000, 'post'],
  ] as const) {
    it(`leads to a ${effect} ${afterMs} ms after its attempt`, () => {
      const walker = walk(requested({ attemptedAt: BEGIN - afterMs }), 'customer', { seen: 'taken_up' });
      assert.equal(walker.see(absent).step.effect.do, effect);
    });
  }

  it('is followed by a POST after the read at 2 s of a 500', () => {
    const walker = walk().see(soon, 300);
    for (const offset of [0, 500, 1000]) {
      assert.equal(walker.step.effect.do, 'read', `at ${offset}`);
      walker.see(absent);
    }
    const { step } = walker.see(absent);
    assert.equal(walker.now, BEGIN + 2300);
    assert.deepEqual([step.effect.do, step.commit, step.row?.attempt], ['post', true, 2]);
    assert.equal(step.row?.doubtAt, BEGIN);
  });

  it('gives no haste to a later run or attempt', () => {
    const later = readOut(walk().see(soon).takeUp('customer', 12_000), absent);
    assert.equal(later.step.effect.do, 'rest');
    const second = readOut(walk().see(soon), absent).see(lost);
    assert.equal(readOut(second, absent).step.effect.do, 'rest');
  });

  it('is not followed by a POST while reads fail', () => {
    const walker = readOut(walk().see(soon), { seen: 'unread', code: 'no_answer' });
    assert.deepEqual([walker.step.effect.do, walker.row?.failure], ['rest', 'no_answer']);
  });

  it('ends after three POSTs in one run', () => {
    const walker = walk();
    let posts = 1;
    for (let steps = 0; walker.step.effect.do !== 'rest'; steps++) {
      assert.ok(steps < 60);
      walker.see(walker.step.effect.do === 'post' ? soon : absent);
      if (walker.step.effect.do === 'post') posts++;
    }
    assert.deepEqual([posts, walker.row?.attempt], [3, 3]);
  });
});

describe('a signup whose e-mail was forgotten', () => {
  const erased = { email: null, businessName: null, emailHash: null };
  const forgotten = rowIn('attention', { ...erased, failure: 'forgotten' });

  it('begins anew when its customer asks again', () => {
    const { step } = walk(forgotten)
      .takeUp('customer', 24 * HOUR)
      .see(absent);
    assert.deepEqual([step.row, step.commit, step.effect.do], [null, true, 'rest']);
    assert.deepEqual(step.answer, { told: 'pending' });
  });

  for (const [who, by, afterMs, members] of [
    ['the worker looks', 'worker', 24 * HOUR, {}],
    ['a POST may still land', 'customer', 31_000, {}],
    [
      'a server had it in hand, and another customer was named',
      'customer',
      24 * HOUR,
      { failure: 'echo_mismatch' },
    ],
  ] as const)
    it(`stays, and is never sent, while ${who}`, () => {
      const walker = readOut(walk({ ...forgotten, ...members }).takeUp(by, afterMs), absent);
      assert.deepEqual([walker.row?.state, walker.row?.attempt], ['attention', 1]);
    });
});

describe('a signup that a person is done with', () => {
  it('is nobody’s again where another customer is named again', () => {
    const erased = { email: null, businessName: null, emailHash: null };
    const row = rowIn('attention', { ...erased, failure: 'forgotten' });
    const walker = readOut(walk(row).takeUp('customer', 24 * HOUR), { seen: 'echo_failed', from: 'read' });
    assert.deepEqual([walker.row?.state, walker.row?.failure], ['attention', 'echo_mismatch']);
    assert.deepEqual(walker.step.answer, { told: 'upstream_failed' });
  });
});

describe('a POST of which nothing was sent, or a 429', () => {
  for (const [seen, retryAfterMs] of [
    [{ seen: 'unsent', code: 'ECONNREFUSED' }, 5000],
    [{ seen: 'limited', retryAfterMs: 17_000 }, 17_000],
  ] as const) {
    it(`leaves no row without a doubt (${seen.seen})`, () => {
      const { step } = walk().see(seen);
      assert.deepEqual([step.row, step.commit, step.effect.do], [null, true, 'rest']);
      assert.deepEqual(step.answer, { told: 'unavailable', retryAfterMs });
    });

    it(`keeps the row with a doubt (${seen.seen})`, () => {
      const row = attempted(requested(), BEGIN + 31_000);
      const step = next(row, newRun('customer'), seen, BEGIN + 31_100);
      assert.deepEqual([step.row?.state, step.row?.doubtAt], ['requested', BEGIN]);
      assert.equal(step.row?.settled, true);
      assert.deepEqual(step.answer, { told: 'unavailable', retryAfterMs });
    });
  }
});

describe('a 400 or 409', () => {
  it('is read before it counts', () => {
    const { step } = walk().see(taken);
    assert.deepEqual([step.effect, step.answer], [{ do: 'read', afterMs: 0 }, undefined]);
  });

  it('adopts what the read finds, without its e-mail', () => {
    const walker = walk().see(taken);
    const { row } = walker.see({ seen: 'found', organization: organization(), heard: true });
    assert.deepEqual([row?.state, row?.created], ['provisioned', false]);
    assert.deepEqual([row?.email, row?.businessName, row?.emailHash], [null, null, null]);
    assert.equal(row?.told, true);
  });

  it('is a refusal that keeps code and hash alone', () => {
    const { row, step } = walk().see(taken).see(absent);
    assert.deepEqual(step.answer, { told: 'refused', code: 'email_taken' });
    assert.deepEqual([row?.state, row?.refusal, row?.refusedAt], ['refused', 'email_taken', BEGIN]);
    assert.deepEqual([row?.email, row?.businessName, row?.emailHash], [null, null, wish.emailHash]);
    assert.equal(row?.dueAt, BEGIN + 600_000);
  });

  it('knows whose it was for 10 minutes', () => {
    const { row, step } = walk().see(taken).see(absent).takeUp('worker', 599_999);
    assert.deepEqual([row?.state, row?.emailHash, row?.dueAt], ['refused', wish.emailHash, BEGIN + 600_000]);
    assert.deepEqual([step.effect.do, step.commit], ['rest', true]);
  });

  it('is looked at once more after that, and is done with', () => {
    const walker = over();
    assert.deepEqual([walker.step.effect, walker.row?.emailHash], [{ do: 'read', afterMs: 0 }, null]);
    const { row, step } = walker.see(absent);
    assert.deepEqual([row?.state, row?.emailHash, row?.dueAt], ['refused', null, null]);
    assert.deepEqual([step.effect.do, step.commit], ['rest', true]);
  });

  it('adopts what has appeared meanwhile', () => {
    const { row, step } = over().see({ seen: 'found', organization: organization(), heard: false });
    assert.deepEqual([row?.state, row?.created, row?.refusal], ['provisioned', false, null]);
    assert.deepEqual([step.effect.do, step.commit], ['deliver', true]);
  });

  for (const [seen, failure] of [
    [{ seen: 'unread', code: 'http_503' }, 'http_503'],
    [{ seen: 'echo_failed', from: 'read' }, 'echo_mismatch'],
  ] as const)
    it(`is looked at for a day while there is no answer: ${failure}`, () => {
      const walker = over();
      for (let looks = 0; walker.see(seen).row?.dueAt; looks++) {
        assert.ok(looks < 150 && walker.step.commit && walker.row?.emailHash === null);
        walker.takeUp('worker', (walker.row?.dueAt ?? 0) - walker.now);
      }
      assert.ok(walker.now >= BEGIN + 24 * HOUR);
      assert.deepEqual([walker.row?.state, walker.row?.failure], ['refused', failure]);
    });

  for (const [afterMs, state] of [
    [119_999, 'requested'],
    [120_000, 'refused'],
  ] as const) {
    it(`leaves it ${state} ${afterMs} ms after a doubt`, () => {
      const doubtful = attempted(requested(), BEGIN + 40_000);
      const refusal = { ...doubtful, settled: true, refusal: 'email_taken' as const };
      const reading = next(refusal, newRun('worker'), { seen: 'taken_up' }, BEGIN + afterMs);
      const { row } = next(refusal, reading.run, absent, BEGIN + afterMs);
      assert.equal(row?.state, state);
      if (state === 'requested') assert.equal(row?.dueAt, BEGIN + 120_000);
    });
  }
});

describe('401 and 403 to a POST', () => {
  it('keep the row and let a later request POST at once', () => {
    const walker = walk().see({ seen: 'denied' });
    assert.deepEqual([walker.row?.state, walker.row?.failure], ['requested', 'partner_key_refused']);
    assert.deepEqual(walker.told, { told: 'unavailable', retryAfterMs: 180_000 });
    assert.equal(walker.takeUp('customer', 1000).see(absent).step.effect.do, 'post');
  });
});

describe('the worker', () => {
  it('reads once and rests, and never POSTs', () => {
    const walker = walk(requested({ attemptedAt: BEGIN - HOUR }), 'worker', { seen: 'taken_up' });
    assert.equal(walker.step.effect.do, 'read');
    assert.deepEqual(walker.see(absent).step.effect, { do: 'rest' });
  });

  for (const [afterMs, state] of [
    [24 * HOUR - 1, 'requested'],
    [24 * HOUR, 'attention'],
  ] as const) {
    it(`leaves a row of ${afterMs} ms without organization ${state}`, () => {
      const row = requested({ attemptedAt: BEGIN - afterMs });
      const walker = walk(row, 'worker', { seen: 'taken_up' }).see(absent);
      assert.equal(walker.row?.state, state);
      assert.equal(walker.row?.dueAt === null, state === 'attention');
    });
  }

  it('parks nobody by its first looks in vain after a stop', () => {
    const unread = { seen: 'unread', code: 'no_answer' } as const;
    // Many looks before the stop say nothing either.
    for (const reads of [0, 12]) {
      const attemptedAt = BEGIN - 25 * HOUR;
      const row = requested({ reads, attemptedAt, updatedAt: attemptedAt });
      const walker = walk(row, 'worker', { seen: 'taken_up' }).see(unread);
      const states = [walker.row?.state];
      while (states.at(-1) === 'requested' && states.length < 20) {
        const { dueAt, updatedAt } = walker.row ?? {};
        walker.takeUp('worker', (dueAt ?? 0) - (updatedAt ?? 0)).see(unread);
        states.push(walker.row?.state);
      }
      assert.deepEqual(states, [...Array(reads ? 1 : 10).fill('requested'), 'attention']);
    }
  });

  it('looks ever more rarely, up to every 15 minutes', () => {
    const walker = walk(requested(), 'worker', { seen: 'taken_up' }).see(absent);
    const waits = [];
    while (walker.row?.state === 'requested' && waits.length < 12) {
      const wait = (walker.row.dueAt ?? 0) - walker.now;
      waits.push(wait / 1000);
      walker.takeUp('worker', wait).see(absent);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 15, 30, 60, 120, 300, 900, 900, 900]);
  });
});
