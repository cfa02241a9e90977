import assert from '../support/assert.ts';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-6';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
/** What partners write, by the file of its declaration. */
const TYPES = {
  'widget/react.d.ts': ['KelviqOnboardingProps'],
  'proxy/index.d.ts': ['OnboardingOptions', 'Onboarding', 'Identified', 'WebhookOptions'],
  'proxy/backend.d.ts': ['SessionTokenOptions', 'ReceivedDelivery'],
};

const program = ts.createProgram(
  Object.keys(TYPES).map((file) => join(dist, file)),
  {
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
);
const checker = program.getTypeChecker();

/** Members of an exported type that the package declares itself and says nothing of. */
function unsaid(file: string, name: string): string[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(join(dist, file))!)!;
  const found = checker.getExportsOfModule(module).find((one) => one.name === name)!;
  const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
  const members = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  const own = members.filter((one) => one.declarations?.[0]?.getSourceFile().fileName.startsWith(dist));
  assert.ok(own.length > 0);
  return own.filter((one) => one.getDocumentationComment(checker).length === 0).map((one) => one.name);
}

describe('what an editor shows', () => {
  for (const [file, names] of Object.entries(TYPES))
    for (const name of names)
      it(`has words for each member of ${name}`, () => assert.deepEqual(unsaid(file, name), []));
});
