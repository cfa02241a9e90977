import { webhookSecret } from './delivery-event.ts';

/** The least that the standalone server has to be told. */
export const leastEnvironment: Readonly<Record<string, string | undefined>> = {
  KELVIQ_PARTNER_KEY: 'kvqp_test_1',
  ALLOWED_ORIGINS: 'https://app.example.com',
  WEBHOOK_URL: 'https://api.example.com/hooks',
  WEBHOOK_SECRET: webhookSecret,
};
