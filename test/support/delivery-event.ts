import type { DeliveryEvent } from '../../proxy/contract.ts';

/** A delivery as a partner's backend receives it; every test starts from this one. */
export const deliveryEvent: DeliveryEvent = {
  type: 'organization.provisioned',
  timestamp: '2026-11-24T09:00:00.000Z',
  data: {
    externalId: 'customer-42',
    email: 'jördis@example.com',
    businessName: 'Bäckerei 🥐 Sonne',
    userId: 7,
    organizationIdentifier: '0b9cf7f4-8f0f-4d5f-9d5a-2f9f6f2a4f10',
    organizationSlug: 'backerei-sonne',
    clientKey: 'ck_sandbox_1',
    serverKey: 'sk_sandbox_1',
    environment: 'sandbox',
  },
};

/** Time of every fixture, in seconds since the epoch. */
export const deliveryTimeS = 1_795_510_800;

/** A secret of 32 bytes, and one that replaces it. */
export const webhookSecret = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`;
export const newerWebhookSecret = `whsec_${btoa('fedcba9876543210fedcba9876543210')}`;
