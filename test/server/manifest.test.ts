import assert from '../support/assert.ts';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import * as events from '../../widget/events.ts';
import { STATES } from '../../widget/journey.ts';
import { KelviqOnboarding } from '../../widget/kelviq-onboarding.ts';
import { styles } from '../../widget/kelviq-onboarding.styles.ts';

type Named = { name: string };
type Declaration = Record<
  'attributes' | 'members' | 'events' | 'slots' | 'cssParts' | 'cssProperties' | 'cssStates',
  (Named & { kind?: string; description: string; default?: string; type?: { text: string } })[]
>;

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const json = (path: string) => JSON.parse(read(path)) as unknown;
const manifest = json('dist/custom-elements.json') as { modules: { declarations: Declaration[] }[] };
const element = manifest.modules[0]!.declarations[0]!;
const view = read('widget/view.ts');
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, match = '']) => match);
const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();
const names = (list: readonly Named[]) => sorted(list.map(({ name }) => name));

describe('custom-elements.json', () => {
  it('is as its schema wants it', () => {
    const schema = z.fromJSONSchema(
      json('node_modules/custom-elements-manifest/schema.json') as z.core.JSONSchema.JSONSchema,
    );
    assert.equal(schema.safeParse(manifest).error, undefined);
    assert.equal(schema.safeParse({ ...manifest, modules: [{}] }).success, false);
  });

  it('lists the attributes, with what they are without', () => {
    assert.deepEqual(names(element.attributes), sorted(KelviqOnboarding.observedAttributes));
    assert.equal(element.attributes.find(({ name }) => name === 'heading-level')?.default, '2');
  });

  it('lists properties and methods', () => {
    const methods = ['requestSubmit', 'reset', 'focus'];
    const properties = [...Object.keys(KelviqOnboarding.defaults), 'state', 'organization', 'error'];
    assert.deepEqual(names(element.members), sorted([...properties, ...methods]));
    assert.deepEqual(names(element.members.filter(({ kind }) => kind === 'method')), sorted(methods));
  });

  it('lists the events with their types', () => {
    const { KelviqEvent: _any, ...classes } = events;
    const makers = Object.entries(classes) as unknown as [string, new (detail: object) => Event][];
    assert.deepEqual(
      sorted(element.events.map(({ name, type }) => `${name} ${type?.text}`)),
      sorted(makers.map(([name, Maker]) => `${new Maker({}).type} ${name}`)),
    );
  });

  it('lists slots, parts, tokens and states', () => {
    assert.deepEqual(names(element.slots), sorted(found(view, /<slot name="([\w-]+)"/g)));
    const parts = found(view, /part=(?:"|\$\{[\w.]+ \? ')([\w -]+)/g).flatMap((part) => part.split(' '));
    assert.deepEqual(names(element.cssParts), sorted(parts));
    assert.deepEqual(names(element.cssProperties), sorted(styles.match(/--kelviq-[\w-]+/g) ?? []));
    assert.deepEqual(names(element.cssStates), sorted(STATES));
  });

  it('says of each what it is for', () => {
    for (const list of Object.values(element).filter((value) => Array.isArray(value)))
      for (const { name, description } of list) assert.match(description, /\w{2,}/, name);
  });
});

describe('the data for VS Code', () => {
  it('completes attributes, their values, tokens and parts', () => {
    const html = json('dist/vscode.html-custom-data.json') as {
      tags: { name: string; attributes: (Named & { values?: Named[] })[] }[];
    };
    const css = json('dist/vscode.css-custom-data.json') as { properties: Named[]; pseudoElements: Named[] };
    assert.deepEqual(names(html.tags), ['kelviq-onboarding']);
    const { attributes } = html.tags[0]!;
    assert.deepEqual(names(attributes), names(element.attributes));
    assert.deepEqual(names(attributes.find(({ name }) => name === 'theme')?.values ?? []), [
      'auto',
      'dark',
      'light',
    ]);
    assert.deepEqual(names(css.properties), names(element.cssProperties));
    assert.deepEqual(
      names(css.pseudoElements),
      names(element.cssParts).map((part) => `::part(${part})`),
    );
  });
});
