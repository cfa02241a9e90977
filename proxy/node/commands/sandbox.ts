/** `kelviq-onboarding sandbox`: the stand-in for the Kelviq partner API. */
import { parseArgs } from 'node:util';
import { SandboxCommandError, runSandbox } from '../../../demo/sandbox/command.ts';
import type { Command } from './command.ts';

/** Runs until it is asked to end; needs no settings but PORT. */
export const sandbox: Command = {
  usage: `Usage: kelviq-onboarding sandbox

Stands in for the Kelviq partner API: try signups without an account, without mail, without cost.
It keeps everything in memory and prints the key it takes and the e-mail addresses that go wrong on purpose.

  PORT  where it listens (default 8788)
`,
  run: async (args, { env, write, complain, ended }) => {
    parseArgs({ args, options: {} });
    try {
      const running = await runSandbox(env, write);
      await ended();
      await running.close();
      return 0;
    } catch (error) {
      if (!(error instanceof SandboxCommandError)) throw error;
      complain(`${error.message}\n`);
      return 1;
    }
  },
};
