/** JSON Schema (2020-12) of what crosses the wire, made from the zod schemas of contract.ts. */
import * as z from './zod.ts';
import {
  challengeSchema,
  deliveryEventSchema,
  organizationSchema,
  pendingAnswerSchema,
  problemSchema,
  sessionAnswerSchema,
  signupSchema,
} from './contract.ts';

/** A schema as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const NAMED = {
  Signup: signupSchema,
  Organization: organizationSchema,
  Pending: pendingAnswerSchema,
  Session: sessionAnswerSchema,
  Challenge: challengeSchema,
  Problem: problemSchema,
  DeliveryEvent: deliveryEventSchema,
} as const;

/** Name of a shape of the wire. */
export type SchemaName = keyof typeof NAMED;

/** zod says of every whole number that JavaScript can hold it; that is no rule of the wire. */
function withoutNumberNoise({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** Every shape by its name; one refers to another as `uri` says. What a reader does not know it ignores. */
export function wireSchemas(uri: (name: string) => string): Record<SchemaName, JsonSchema> {
  // A registry of its own: names in zod's global one would meet those of the app around.
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri, io: 'input', override: withoutNumberNoise });
  const named = Object.entries(schemas).map(([name, schema]) => {
    const { $schema: _dialect, $id: _id, ...plain } = schema;
    return [name, plain];
  });
  return Object.fromEntries(named) as Record<SchemaName, JsonSchema>;
}

/** The schema of the delivery event by itself, as the package ships it. */
export function deliveryEventJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(deliveryEventSchema, {
    io: 'input',
    override: withoutNumberNoise,
  });
  return {
    $schema,
    $id: 'urn:kelviq-onboarding:delivery-event',
    title: 'organization.provisioned',
    ...schema,
  };
}
