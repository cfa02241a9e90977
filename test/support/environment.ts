import assert from './assert.ts';
import { readSettings, type Environ, type Settings } from '../../proxy/node/config.ts';
import { webhookSecret } from './delivery-event.ts';

/** The least that the standalone server has to be told. */
export const leastEnvironment: Readonly<Record<string, string | undefined>> = {
  KELVIQ_PARTNER_KEY: 'kvqp_test_1',
  ALLOWED_ORIGINS: 'https://app.example.com',
  WEBHOOK_URL: 'https://api.example.com/hooks',
  WEBHOOK_SECRET: webhookSecret,
};

/** The settings of the least environment with `change` on top; fails the test when they hold mistakes. */
export function settingsOf(change: Environ): Settings {
  const reading = readSettings({ ...leastEnvironment, ...change });
  assert.ok(reading.ok, reading.ok ? '' : reading.mistakes.join('\n'));
  return reading.settings;
}

/** The mistakes in an environment. */
export function mistakesOf(env: Environ): string[] {
  const reading = readSettings(env);
  return reading.ok ? [] : reading.mistakes;
}

/** The one mistake that `change` makes. */
export function onlyMistakeOf(change: Environ): string {
  const mistakes = mistakesOf({ ...leastEnvironment, ...change });
  assert.equal(mistakes.length, 1, mistakes.join('\n'));
  return mistakes[0] ?? '';
}
