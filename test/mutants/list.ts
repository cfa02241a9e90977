/** Every mechanism that a test has to miss when it is gone. */
import { ABUSE_MUTANTS } from './abuse.ts';
import { BOUNDARY_MUTANTS } from './boundary.ts';
import type { Mutant } from './mutant.ts';
import { OUTSIDE_MUTANTS } from './outside.ts';
import { SIGNUP_MUTANTS } from './signup.ts';
import { STORE_MUTANTS } from './store.ts';
import { WORK_MUTANTS } from './work.ts';

/** All mutants, room by room. */
export const MUTANTS: readonly Mutant[] = [
  ...SIGNUP_MUTANTS,
  ...WORK_MUTANTS,
  ...STORE_MUTANTS,
  ...OUTSIDE_MUTANTS,
  ...ABUSE_MUTANTS,
  ...BOUNDARY_MUTANTS,
];
