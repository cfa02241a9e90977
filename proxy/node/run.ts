/** Finds the command that was asked for and runs it; the words around it are the same for all. */
import { errorFrames } from '../log.ts';
import { UsageError, type Command, type Terminal } from './commands/command.ts';
import { findPackage } from './package.ts';

type Entry = { summary: string; load: () => Promise<Command> };

/** Every command. Each is loaded when it runs, so that none waits for the code of another. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'runs the proxy on the settings in the environment',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  token: {
    summary: 'prints a session token for trying things out',
    load: async () => (await import('./commands/token.ts')).token,
  },
  deliveries: {
    summary: 'lists signups and sends deliveries again',
    load: async () => (await import('./commands/deliveries.ts')).deliveries,
  },
  doctor: {
    summary: 'checks settings, store, partner key and receiver',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  reconcile: {
    summary: "compares the store with Kelviq's list",
    load: async () => (await import('./commands/reconcile.ts')).reconcile,
  },
  integrity: {
    summary: 'prints script tags for exactly this version',
    load: async () => (await import('./commands/integrity.ts')).integrity,
  },
  sandbox: {
    summary: 'stands in for the Kelviq partner API',
    load: async () => (await import('./commands/sandbox.ts')).sandbox,
  },
};

/** The oldest Node that has all that the commands import; `engines` of the package says the same. */
const OLDEST_NODE = [20, 19] as const;

/** Runs the command line `args`, without node and script. Resolves with the exit code. */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  node = process.versions.node,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') {
    terminal.write(`${findPackage().version}\n`);
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.write(overview());
    return 0;
  }
  const entry = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    terminal.complain(`${name === undefined ? '' : 'There is no such command.\n\n'}${overview()}`);
    return 2;
  }
  // An older one ends at an import, with words of its own about that.
  if (isOlder(node)) {
    terminal.complain(`This is Node ${node}. Install Node ${OLDEST_NODE.join('.')} or newer.\n`);
    return 1;
  }
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.write(command.usage);
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    const mistake = error instanceof UsageError ? error.message : parseMistake(error);
    if (mistake === null) {
      // What Node prints of an error may quote an address with its password.
      terminal.complain(`A defect: ${errorFrames(error)}\n`);
      return 1;
    }
    terminal.complain(`${mistake}\n\n${command.usage}`);
    return 2;
  }
}

function isOlder(node: string): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: kelviq-onboarding <command> [options]

${lines.join('\n')}

Each takes --help. Settings are environment variables; the README lists them.
`;
}

/**
 * What is wrong with options that `parseArgs` of node:util refused; null for any other error. Only
 * names of options are repeated: a word in the wrong place may be a secret.
 */
function parseMistake(error: unknown): string | null {
  switch (error instanceof TypeError ? (error as NodeJS.ErrnoException).code : null) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return 'There is no such option.';
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return 'There is a word that belongs to no option.';
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE': {
      const [option] = /--[a-z-]+/.exec((error as Error).message) ?? [];
      return `${option ?? 'An option'} has no value, or one that it does not take.`;
    }
    default:
      return null;
  }
}
