/**
 * What is used of zod. The build makes one file of this with all that it needs: zod itself is 95
 * modules, its 60 languages among them, and reading them takes a fifth of the server's start.
 */
export {
  NEVER,
  array,
  boolean,
  enum,
  int,
  iso,
  literal,
  looseObject,
  number,
  object,
  registry,
  strictObject,
  string,
  toJSONSchema,
  unknown,
} from 'zod';
export type { ZodType, core, output } from 'zod';
