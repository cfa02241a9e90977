/**
 * The secrets of a running server. Those that come from files are read again when somebody asks for
 * it; one that cannot be read or is wrong stays as it was. The log says which, never what.
 */
import type { Log } from '../log.ts';
import type { Secret } from '../secret.ts';
import { readVariable, type Environ, type Settings } from './config.ts';

const NAMES = ['KELVIQ_PARTNER_KEY', 'WEBHOOK_SECRET', 'SESSION_SECRET'] as const;

type Name = (typeof NAMES)[number];

/** The secrets as they are now. */
export type LiveSecrets = {
  partnerKey: () => Secret;
  webhookSecrets: () => readonly Secret[];
  sessionSecrets: () => readonly Secret[];
  /** Reads every file again. */
  reload: () => void;
  /** Reads the partner key's file again, because Kelviq did not take the key. */
  partnerKeyRefused: () => Promise<void>;
};

/** The secrets of `settings`, and the files that `env` names for them. */
export function createLiveSecrets(settings: Settings, env: Environ, log: Log): LiveSecrets {
  const held: Record<Name, readonly Secret[]> = {
    KELVIQ_PARTNER_KEY: [settings.partnerKey],
    WEBHOOK_SECRET: settings.webhook.secrets,
    SESSION_SECRET: settings.sessionSecrets,
  };
  /** What was wrong with a file the last time, so that a key that is refused for hours is one line. */
  const wrong = new Map<Name, string>();

  /** Whether the setting is another one now; null where it could not be read. */
  function reread(name: Name): boolean | null {
    const reading = readVariable(env, name);
    if (!reading.ok) {
      if (wrong.get(name) !== reading.mistake)
        log('error', 'setting_kept', { hint: `The value before stays in use: ${reading.mistake}` });
      wrong.set(name, reading.mistake);
      return null;
    }
    wrong.delete(name);
    const found = [reading.value ?? []].flat();
    const [was, is] = [held[name], found].map((list) => list.map((secret) => secret.reveal()).join(' '));
    if (was === is) return false;
    held[name] = found;
    return true;
  }

  const fromFile = (name: Name) => Boolean(env[`${name}_FILE`]?.trim());

  return {
    partnerKey: () => held.KELVIQ_PARTNER_KEY[0] ?? settings.partnerKey,
    webhookSecrets: () => held.WEBHOOK_SECRET,
    sessionSecrets: () => held.SESSION_SECRET,

    reload() {
      wrong.clear();
      const readings = NAMES.filter(fromFile).map((name) => ({ name, changed: reread(name) }));
      const words = (found: boolean) =>
        readings.flatMap(({ name, changed }) => (changed === found ? name : [])).join(', ') || 'none';
      const hint =
        readings.length === 0
          ? 'No secret comes from a file, so there is nothing to read again.'
          : `changed: ${words(true)}; unchanged: ${words(false)}`;
      log('info', 'secrets_read_again', { hint });
    },

    async partnerKeyRefused() {
      if (fromFile('KELVIQ_PARTNER_KEY') && reread('KELVIQ_PARTNER_KEY'))
        log('info', 'secrets_read_again', { hint: 'changed: KELVIQ_PARTNER_KEY, read after a 401' });
    },
  };
}
