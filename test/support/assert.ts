/**
 * Node's strict assertions, for every test; `ok` fails at once. Node 20's own, without a message, looks
 * for its call in the file to quote it, by line and column of the code that runs. tsx runs a file as one
 * long line, so it looks in a wrong place; and where exactly 2,500 characters follow what it has read,
 * it parses them anew until the stack is full, for minutes. May go once Node 20 does.
 */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';

/** Fails with what the value is; the stack says where. */
function ok(value: unknown, message?: string | Error): asserts value {
  if (value) return;
  if (message instanceof Error) throw message;
  throw new assert.AssertionError({
    message: message ?? `${inspect(value)} is not truthy`,
    actual: value,
    expected: true,
    operator: '==',
    stackStartFn: ok,
  });
}

/** Its functions alone: `assert(value)` would look for its call too. */
const functions: { [Name in keyof typeof assert]: (typeof assert)[Name] } = { ...assert, ok };

export default functions;
