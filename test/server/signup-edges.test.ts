import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { ROW_STATES } from '../../proxy/row.ts';
import { edges } from '../support/edges.ts';
import { codeIn, readme, rowsOf } from '../support/readme.ts';

const found = edges();
const byEdge = ([one]: unknown[], [other]: unknown[]) => (String(one) < String(other) ? -1 : 1);

describe('README, the moves of a signup', () => {
  it('lists every move that the table makes, and no other', () => {
    const stated = rowsOf('from').map(([from, to, seen]) => [
      `${codeIn(from)} → ${codeIn(to)}`,
      (seen ?? '').replaceAll('`', '').split(', ').toSorted(),
    ]);
    const made = [...found].map(([edge, seen]) => [edge, [...seen].toSorted()]);
    assert.deepEqual(stated.toSorted(byEdge), made.toSorted(byEdge));
  });

  it('reaches and leaves every state', () => {
    for (const state of ROW_STATES) {
      assert.ok(
        [...found.keys()].some((edge) => edge.endsWith(`→ ${state}`)),
        `to ${state}`,
      );
      assert.ok(
        [...found.keys()].some((edge) => edge.startsWith(`${state} →`)),
        `from ${state}`,
      );
    }
  });

  it('draws no arrow that is not a move', () => {
    // From and to as the arrows of the drawing read, with the words beside them.
    for (const [from, to, words] of [
      ['requested', 'provisioned', 'created, or found at Kelviq'],
      ['provisioned', 'delivered', '2xx from your backend'],
      ['requested', 'refused', 'by Kelviq'],
      ['refused', 'requested', 'another e-mail,'],
      ['provisioned', 'undeliverable', 'ten tries in vain'],
      ['requested', 'attention', 'nothing to be found for 24 hours'],
    ] as const) {
      assert.ok(readme.includes(words), words);
      assert.ok(found.has(`${from} → ${to}`), `${from} → ${to}`);
    }
  });
});
