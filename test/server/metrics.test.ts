import assert from '../support/assert.ts';
import { describe, it } from 'node:test';
import { counter, gauge, histogram, total } from '../../proxy/metrics.ts';
import { readMetrics, valueOf } from '../support/prometheus.ts';

describe('a counter', () => {
  it('counts each set of labels by itself', () => {
    const answers = counter('answers_total', 'Answers.', ['route', 'status'], [['/a', '200']]);
    answers.add('/b', '404');
    answers.add('/b', '404');
    assert.equal(
      answers.text(),
      '# HELP answers_total Answers.\n# TYPE answers_total counter\n' +
        'answers_total{route="/a",status="200"} 0\nanswers_total{route="/b",status="404"} 2\n',
    );
  });

  it('shows 0 before the first when it has no labels', () => {
    assert.match(counter('a_total', 'A.').text(), /^a_total 0$/m);
    assert.match(total('b_total', 'B.', 1.25).text(), /^b_total 1.25$/m);
  });

  it('escapes what the format reserves', () => {
    const odd = counter('odd_total', 'A \\ and\na line.', ['text']);
    odd.add('a "b" \\ c\nd');
    assert.match(odd.text(), /^# HELP odd_total A \\\\ and\\na line\.$/m);
    const { samples = [] } = readMetrics(odd.text()).get('odd_total') ?? {};
    assert.deepEqual(samples, [{ name: 'odd_total', labels: { text: 'a "b" \\ c\nd' }, value: 1 }]);
  });
});

describe('a histogram', () => {
  it('counts into every bucket that is wide enough', () => {
    const times = histogram('wait_seconds', 'Waits.', [0.1, 1], ['of']);
    for (const seconds of [0.1, 0.5, 7]) times.observe(seconds, 'a');
    times.observe(0.05, 'b');
    const families = readMetrics(times.text());
    const of = (le: string) => valueOf(families, 'wait_seconds_bucket', { of: 'a', le });
    assert.deepEqual([of('0.1'), of('1'), of('+Inf')], [1, 2, 3]);
    assert.equal(valueOf(families, 'wait_seconds_sum', { of: 'a' }), 7.6);
    assert.equal(valueOf(families, 'wait_seconds_count', { of: 'b' }), 1);
  });

  it('has a sum that never falls, whatever the clock does', () => {
    const times = histogram('wait_seconds', 'Waits.', [1]);
    for (const seconds of [2, -3600]) times.observe(seconds);
    const families = readMetrics(times.text());
    assert.equal(valueOf(families, 'wait_seconds_sum'), 2);
    assert.equal(valueOf(families, 'wait_seconds_count'), 2);
  });
});

describe('the reader of the tests', () => {
  const head = '# HELP a_total A.\n# TYPE a_total counter\n';
  for (const [fault, text] of [
    ['a sample without its head', 'a_total 1\n'],
    ['a type without help', '# TYPE a_total counter\na_total 1\n'],
    ['a series twice', `${head}a_total 1\na_total 2\n`],
    ['a family twice', `${head}a_total 1\n${head}a_total 2\n`],
    ['a sample of another family', `${head}b_total 1\n`],
    ['a counter by another name', '# HELP a A.\n# TYPE a counter\na 1\n'],
    ['a negative counter', `${head}a_total -1\n`],
    ['a label that is not closed', `${head}a_total{x="1} 1\n`],
    ['a label that is not escaped', `${head}a_total{x="\\q"} 1\n`],
    ['a value that is no number', `${head}a_total one\n`],
    ['an end without a line break', `${head}a_total 1`],
  ] as const)
    it(`refuses ${fault}`, () => {
      assert.throws(() => readMetrics(text));
    });

  it('refuses buckets that do not add up', () => {
    const times = histogram('b_seconds', 'B.', [1]);
    times.observe(0.5);
    assert.throws(() => readMetrics(times.text().replace('+Inf"} 1', '+Inf"} 2')));
    assert.throws(() => readMetrics(times.text().replace('le="1"} 1', 'le="1"} 3')));
    assert.doesNotThrow(() => readMetrics(times.text() + gauge('c', 'C.', [{ value: 1.5 }]).text()));
  });
});
