import assert from '../support/assert.ts';
import { readFileSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { SANDBOX_PARTNER_KEY } from '../../demo/sandbox/sandbox.ts';
import { PROBLEM_CODES } from '../../proxy/limits.ts';
import { readSettings } from '../../proxy/node/config.ts';
import { problem } from '../../proxy/problem.ts';
import { ROW_STATES } from '../../proxy/row.ts';
import { DELIVERY_DELAYS_MS } from '../../proxy/schedule.ts';
import * as events from '../../widget/events.ts';
import { STATES } from '../../widget/journey.ts';
import { KelviqOnboarding } from '../../widget/kelviq-onboarding.ts';
import { styles } from '../../widget/kelviq-onboarding.styles.ts';
import { leastEnvironment } from '../support/environment.ts';
import { blocks, codeIn, namesOf, readme, rowsOf } from '../support/readme.ts';
import { runBin } from '../support/terminal.ts';

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, match = '']) => match);
const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();
const manifest = JSON.parse(source('package.json')) as Record<
  'dependencies' | 'scripts',
  Record<string, string>
>;

/** Names in code of the line that begins so. */
const listed = (beginning: string) =>
  found(readme.split('\n').find((line) => line.startsWith(beginning)) ?? '', /`([\w-]+)`/g);

describe('README, the settings', () => {
  it('lists the variables that the server reads', () => {
    const declared = /const VARIABLES = \{(.*?)\n\}/s.exec(source('proxy/node/config.ts'))?.[1] ?? '';
    assert.deepEqual(namesOf('variable'), found(declared, /^ {2}([A-Z_]+):/gm));
  });

  for (const [first, cell] of rowsOf('variable')) {
    const name = codeIn(first) ?? '';
    if (cell === 'required')
      it(`misses ${name}`, () => {
        const reading = readSettings({ ...leastEnvironment, [name]: undefined });
        assert.deepEqual(reading.ok ? [] : reading.mistakes.map((mistake) => mistake.split(' ')[0]), [name]);
      });
    else if (cell?.startsWith('`'))
      it(`says the default of ${name}`, () => {
        const stated = readSettings({ ...leastEnvironment, [name]: codeIn(cell) ?? '' });
        assert.ok(stated.ok);
        assert.deepEqual(stated, readSettings(leastEnvironment));
      });
  }
});

describe('README, the element', () => {
  it('lists its attributes', () => {
    assert.deepEqual(
      sorted(namesOf('attribute').filter(Boolean)),
      sorted(KelviqOnboarding.observedAttributes),
    );
  });

  it('lists its properties and their defaults', () => {
    const rows = rowsOf('attribute');
    assert.deepEqual(
      sorted(rows.map(([, property]) => codeIn(property) ?? '')),
      sorted(Object.keys(KelviqOnboarding.defaults)),
    );
    for (const [, property, , cell] of rows) {
      const value = KelviqOnboarding.defaults[codeIn(property) as keyof typeof KelviqOnboarding.defaults];
      const stated = cell?.startsWith('`') ? codeIn(cell) : null;
      assert.equal(stated, value && typeof value !== 'object' ? String(value) : null, property);
    }
  });

  it('lists its events', () => {
    const { KelviqEvent: _, ...each } = events;
    const makers = Object.values(each) as unknown as (new (detail: object) => Event)[];
    assert.deepEqual(sorted(namesOf('event')), sorted(makers.map((Maker) => new Maker({}).type)));
  });

  it('lists its methods, slots, parts and states', () => {
    const view = source('widget/view.ts');
    for (const method of namesOf('method'))
      assert.equal(typeof Reflect.get(KelviqOnboarding.prototype, method.split('(')[0] ?? ''), 'function');
    assert.deepEqual(sorted(namesOf('slot')), sorted(found(view, /<slot name="([\w-]+)"/g)));
    const parts = found(view, /part=(?:"|\$\{[\w.]+ \? ')([\w -]+)/g).flatMap((part) => part.split(' '));
    assert.deepEqual(sorted(listed('Parts for')), sorted(parts));
    assert.deepEqual(listed('Custom states'), [...STATES]);
  });

  it('lists its tokens and their defaults', () => {
    const pattern = /var\((--kelviq-[\w-]+), ((?:[^()]|\((?:[^()]|\([^)]*\))*\))+)\)/g;
    const used = new Map([...styles.matchAll(pattern)].map(([, token, value]) => [token, value]));
    assert.deepEqual(
      sorted(rowsOf('token').map(([token, value]) => `${codeIn(token)}: ${codeIn(value)}`)),
      sorted(
        [...used].map(([token, value]) =>
          token === '--kelviq-on-accent'
            ? `${token}: null`
            : `${token}: ${value?.replace('var(--text)', '<text>')}`,
        ),
      ),
    );
  });
});

describe('README, the proxy', () => {
  it('lists every problem with its status', () => {
    assert.deepEqual(
      sorted(rowsOf('status').map(([status, code]) => `${status} ${codeIn(code)}`)),
      sorted(PROBLEM_CODES.map((code) => `${problem(code, 'req_1').status} ${code}`)),
    );
  });

  it('lists every command', async () => {
    const { out } = await runBin(['--help']);
    assert.deepEqual(
      namesOf('command').map((command) => command.split(' ')[1]),
      found(out, /^ {2}(\w+) {2}/gm),
    );
  });

  it('draws every state of a signup', () => {
    const drawing = blocks.find(({ text }) => text.includes('│ requested │'))?.text ?? '';
    for (const state of ROW_STATES) assert.match(drawing, new RegExp(`│ ${state} │`));
  });

  it('says when deliveries are tried again', () => {
    const words = DELIVERY_DELAYS_MS.map((ms) =>
      ms < 60_000 ? `${ms / 1000} s` : ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`,
    );
    assert.ok(readme.includes(`then after ${words.join(', ')}, each`), words.join(', '));
  });

  it('gives the key that the sandbox takes', () => {
    assert.ok(readme.includes(`KELVIQ_PARTNER_KEY=${SANDBOX_PARTNER_KEY}\n`));
  });
});

describe('README, the repository', () => {
  it('justifies every dependency', () => {
    assert.deepEqual(namesOf('package'), Object.keys(manifest.dependencies));
  });

  it('names scripts that are there', () => {
    for (const script of namesOf('script'))
      assert.ok(Object.hasOwn(manifest.scripts, script.replace(/^npm (?:run )?/, '')), script);
  });

  it('links to headings and files that are there', () => {
    const anchors = found(readme, /^#{2,3} (.+)$/gm).map((heading) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    for (const link of found(readme, /\]\(#([^)]+)\)/g)) assert.ok(anchors.includes(link), link);
    const files = found(readme, /(?:\]\(|src="|srcset=")((?!https?:|#|\/)[\w/.-]+)/g);
    for (const file of files) statSync(new URL(`../../${file}`, import.meta.url));
    assert.ok(files.length >= 3);
  });

  it('shows pictures below 120 kB', () => {
    for (const file of found(readme, /(?:src|srcset)="(demo\/[^"]+)"/g))
      assert.ok(statSync(new URL(`../../${file}`, import.meta.url)).size < 120_000, file);
  });
});
