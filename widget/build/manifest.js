// Writes dist/custom-elements.json and data for VS Code, from the class's own documentation and the
// compiled class. test/server/manifest.test.ts holds the documentation to the sources. Runs after tsc.
import { readFileSync, writeFileSync } from 'node:fs';

const SOURCE = 'widget/kelviq-onboarding.ts';
const MODULE = 'dist/widget/kelviq-onboarding.js';

/** A lifecycle, or for the signup behind the element: no page calls these. */
const PRIVATE = /^(?:connectedCallback|disconnectedCallback|stepped)$/;

const attributeOf = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const textOf = (comment) => comment.replace(/^\s*\*( |$)/gm, '').trim();

/** `@kind {type} name - description`, of one kind, in order. */
function tagged(comment, kind) {
  const lines = [...comment.matchAll(new RegExp(`^@${kind} (?:\\{([^}]+)\\} )?(\\S+)(?: - (.+))?$`, 'gm'))];
  return lines.map(([, type, name, description = '']) => ({ type, name, description }));
}

/** Documented members of the class: `declare` fields, getters and methods. */
function membersOf(body) {
  const pattern =
    /\/\*\*((?:(?!\*\/)[^])+)\*\/\n {2}(?:(declare) (\w+): ([^;]+);|(?:override )?(get )?(\w+)\(([^)]*)\): ([^{]+) \{)/g;
  return [...body.matchAll(pattern)].map(([, comment, field, name, type, getter, method, args, result]) => {
    const description = textOf(comment).replace(/\s+/g, ' ');
    if (field) return { kind: 'field', name, description, type: { text: type } };
    if (getter) return { kind: 'field', name: method, description, readonly: true, type: { text: result } };
    const parameters = [...args.matchAll(/(\w+)(\??): ([^,]+)/g)].map(([, name_, optional, text]) => ({
      name: name_,
      type: { text },
      ...(optional && { optional: true }),
    }));
    return { kind: 'method', name: method, description, parameters, return: { type: { text: result } } };
  });
}

/** The manifest, schema 2.1.0, of the built package below `root`. */
export async function readManifest(root) {
  const source = readFileSync(new URL(SOURCE, root), 'utf8');
  const [, comment, , body] =
    /\/\*\*((?:(?!\*\/)[^])+)\*\/\nexport class (\w+) extends \w+ \{([^]+)\n\}/.exec(source);
  const doc = textOf(comment);
  const { KelviqOnboarding } = await import(new URL(MODULE, root).href);
  const { defaults, observedAttributes } = KelviqOnboarding;
  const valueOf = (name) => JSON.stringify(defaults[name]);

  const members = membersOf(body)
    .filter(({ name }) => !PRIVATE.test(name))
    .map((member) =>
      Object.hasOwn(defaults, member.name)
        ? {
            ...member,
            default: valueOf(member.name),
            ...(observedAttributes.includes(attributeOf(member.name)) && {
              attribute: attributeOf(member.name),
            }),
          }
        : member,
    );
  const attributes = tagged(doc, 'attr').map(({ type, name, description }) => {
    const fieldName = Object.keys(defaults).find((known) => attributeOf(known) === name);
    return { name, description, type: { text: type }, default: valueOf(fieldName), fieldName };
  });
  const cssProperties = tagged(doc, 'cssprop').map(({ name, description }) => ({ name, description }));

  const plain = (kind) => tagged(doc, kind).map(({ name, description }) => ({ name, description }));
  return {
    schemaVersion: '2.1.0',
    readme: 'README.md',
    modules: [
      {
        kind: 'javascript-module',
        path: MODULE,
        declarations: [
          {
            kind: 'class',
            customElement: true,
            name: 'KelviqOnboarding',
            tagName: 'kelviq-onboarding',
            description: doc.slice(0, doc.indexOf('\n@')).trim(),
            superclass: { name: 'HTMLElement' },
            attributes,
            members,
            events: tagged(doc, 'fires').map(({ type, name, description }) => ({
              name,
              description,
              type: { text: type },
            })),
            slots: plain('slot'),
            cssParts: plain('csspart'),
            cssProperties,
            cssStates: plain('cssstate'),
          },
        ],
        exports: [
          { kind: 'js', name: 'KelviqOnboarding', declaration: { name: 'KelviqOnboarding', module: MODULE } },
        ],
      },
      {
        kind: 'javascript-module',
        path: 'dist/widget/index.js',
        declarations: [],
        exports: [
          {
            kind: 'custom-element-definition',
            name: 'kelviq-onboarding',
            declaration: { name: 'KelviqOnboarding', module: MODULE },
          },
        ],
      },
    ],
  };
}

/** The strings of a union. */
const valuesOf = (text) => [...text.matchAll(/'([\w-]+)'/g)].map(([, name]) => ({ name }));

/** What VS Code completes in HTML (`html.customData`) and CSS (`css.customData`). */
function editorData({
  modules: [
    {
      declarations: [element],
    },
  ],
}) {
  const html = {
    version: 1.1,
    tags: [
      {
        name: element.tagName,
        description: element.description,
        attributes: element.attributes.map(({ name, description, type }) => ({
          name,
          description,
          ...(type.text.includes("'") && { values: valuesOf(type.text) }),
        })),
      },
    ],
  };
  const css = {
    version: 1.1,
    properties: element.cssProperties,
    pseudoElements: element.cssParts.map(({ name, description }) => ({
      name: `::part(${name})`,
      description,
    })),
  };
  return { html, css };
}

/** Writes all three files below `dist/`. */
export async function writeManifest(root) {
  const manifest = await readManifest(root);
  const { html, css } = editorData(manifest);
  const write = (name, data) =>
    writeFileSync(new URL(`dist/${name}`, root), `${JSON.stringify(data, null, 2)}\n`);
  write('custom-elements.json', manifest);
  write('vscode.html-custom-data.json', html);
  write('vscode.css-custom-data.json', css);
}
