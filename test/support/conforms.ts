/** Holds live answers to the OpenAPI document, and events to the shipped schema, with a validator of JSON Schema. */
import assert from './assert.ts';

import { deliveryEventJsonSchema } from '../../proxy/json-schema.ts';
import { openApiDocument } from '../../proxy/openapi.ts';

type Node = Readonly<Record<string, unknown>>;
type Verdict = { valid: boolean; errors?: unknown };

/** The validator; its own declarations do not hold in a strict project. */
type Library = {
  registerSchema: (schema: unknown, uri: string, dialect?: string) => void;
  validate: (schema: string) => Promise<(value: unknown, output: 'BASIC') => Verdict>;
};

const specifier = '@hyperjump/json-schema/openapi-3-1';
const { registerSchema, validate } = (await import(specifier)) as Library;

/** OpenAPI's own schema of a document, its schemas in the dialect that 3.1 has. */
const OPENAPI = 'https://spec.openapis.org/oas/3.1/schema-base';

const DOCUMENT = 'https://test.example/openapi';
const EVENT = 'urn:kelviq-onboarding:delivery-event';

/**
 * The same with nothing beside what is named: readers ignore what they do not know, but what is
 * answered has to be described.
 */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, strict(value)]),
  );
  if (copy['type'] === 'object' && copy['properties']) copy['additionalProperties'] = false;
  return copy;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Node;
const document = plain(openApiDocument('0.0.0'));
const compiled = new Map<string, ReturnType<Library['validate']>>();

registerSchema(strict(document), DOCUMENT, OPENAPI);
registerSchema(strict(plain(deliveryEventJsonSchema())), EVENT);

async function check(schema: string, value: unknown, what: string): Promise<void> {
  const known = compiled.get(schema) ?? validate(schema);
  compiled.set(schema, known);
  const result = (await known)(value, 'BASIC');
  assert.ok(result.valid, `${what} is not as described:\n${JSON.stringify(result, null, 1)}`);
}

/** Fails unless `value` is an OpenAPI 3.1 document. */
export async function isOpenApi(value: unknown): Promise<void> {
  await check(OPENAPI, plain(value), 'the document');
}

/** Fails unless the event is as the shipped schema describes it. */
export async function eventConforms(event: unknown): Promise<void> {
  await check(EVENT, event, 'the event');
}

function described(method: string, path: string): Node | undefined {
  const routes = document['paths'] as Record<string, Record<string, Node>>;
  const exact = Object.hasOwn(routes, path) ? path : undefined;
  const route =
    exact ??
    Object.keys(routes).find((one) =>
      new RegExp(`^${one.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[\\w.-]+')}$`).test(path),
    );
  const operation = route && routes[route]?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
  if (!route || !operation) return undefined;
  return { ...operation, pointer: `/paths/${route.replaceAll('/', '~1')}/${method.toLowerCase()}` };
}

/** Headers of HTTP, of CORS and of safety, which any answer may have. */
const EVERYWHERE =
  /^(?:content-.*|access-control-.*|cross-origin-.*|cache-control|connection|date|keep-alive|transfer-encoding|referrer-policy|vary|x-content-type-options)$/;

/**
 * Fails unless the answer is one that the document describes for this route, body and headers. What
 * is not described (an unknown path, a wrong method) has to be a Problem.
 */
export async function conforms(response: Response, method: string, path: string): Promise<void> {
  const { status } = response;
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const text = await response.clone().text();
  const what = `${status} to ${method} ${path}`;
  const operation = described(method, path);
  if (!operation) {
    assert.equal(type, 'application/problem+json', what);
    assert.ok(status === 404 || status === 405 || status === 403, what);
    return check(`${DOCUMENT}#/components/schemas/Problem`, JSON.parse(text), what);
  }
  const answers = operation['responses'] as Record<string, { headers?: Node; content?: Node }>;
  const answer = answers[status];
  assert.ok(answer, `${what} is not described`);
  for (const name of Object.keys(answer.headers ?? {}))
    if (name !== 'RateLimit' || status === 429)
      assert.ok(response.headers.has(name), `${what} has no ${name}`);
  const own = Object.keys(answer.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of response.headers.keys())
    assert.ok(own.includes(name) || EVERYWHERE.test(name), `${what}: ${name} is not described`);
  if (!answer.content) return assert.equal(text, '', what);
  assert.ok(Object.hasOwn(answer.content, type), `${what}: ${type} is not described`);
  if (!type.endsWith('json')) return;
  const pointer = `${String(operation['pointer'])}/responses/${status}/content/${type.replaceAll('/', '~1')}/schema`;
  await check(`${DOCUMENT}#${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}`, JSON.parse(text), what);
}
