/**
 * One mechanism, taken out: the exact text in a source file, once there, and what stands in its place.
 * `test` has to fail then, and a test whose title contains `title` has to be among what fails.
 */
export type Mutant = {
  mechanism: string;
  file: string;
  text: string;
  instead: string;
  test: string;
  title: string;
};
