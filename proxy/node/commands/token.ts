/** `kelviq-onboarding token`: a session token for trying things out. */
import { parseArgs } from 'node:util';
import { SessionTokenError, createSessionToken } from '../../backend.ts';
import { readVariable } from '../config.ts';
import { UsageError, type Command } from './command.ts';

/** Prints a token for one customer, signed with the first `SESSION_SECRET`. */
export const token: Command = {
  usage: `Usage: kelviq-onboarding token --external-id <id> [options]

Prints a session token for trying things out: <kelviq-onboarding session-token="…">.
Signs with SESSION_SECRET, the first of several; SESSION_SECRET_FILE names a file that holds it.

  --external-id <id>      your id of the customer
  --email <address>       states the e-mail address; the form then shows it read-only
  --business-name <name>  states the business name, read-only too
  --origin <origin>       the one origin on which the token counts
  --expires-in <seconds>  life of the token, at most 3600 (default 1800)
`,
  run: async (args, { env, write, complain }) => {
    const { values } = parseArgs({
      args,
      options: {
        'external-id': { type: 'string' },
        email: { type: 'string' },
        'business-name': { type: 'string' },
        origin: { type: 'string' },
        'expires-in': { type: 'string' },
      },
    });
    const {
      'external-id': externalId,
      'business-name': businessName,
      'expires-in': expiresIn,
      email,
      origin,
    } = values;
    if (externalId === undefined) throw new UsageError('--external-id is missing.');

    const reading = readVariable(env, 'SESSION_SECRET');
    const [secret] = reading.ok ? (reading.value ?? []) : [];
    if (!secret) {
      complain(
        reading.ok
          ? 'SESSION_SECRET is not set. Give it the value that the proxy has.\n'
          : `${reading.mistake}\n`,
      );
      return 1;
    }
    try {
      const signed = await createSessionToken({
        secret: secret.reveal(),
        externalId,
        ...(email !== undefined && { email }),
        ...(businessName !== undefined && { businessName }),
        ...(origin !== undefined && { origin }),
        ...(expiresIn !== undefined && { expiresInS: Number(expiresIn) }),
      });
      write(`${signed}\n`);
      return 0;
    } catch (error) {
      if (error instanceof SessionTokenError) throw new UsageError(error.message);
      throw error;
    }
  },
};
