/** The delivery event of a row; the one literal that holds a serverKey in the open. */
import type { DeliveryEvent } from './contract.ts';
import type { Environment } from './limits.ts';
import type { Row } from './row.ts';
import type { Secret } from './secret.ts';

/** The event that tells the partner's backend of an organization. Throws for a row that has none. */
export function deliveryEvent(row: Row, serverKey: Secret, environment: Environment): DeliveryEvent {
  if (row.organizationIdentifier === null) throw new TypeError('This row has no organization.');
  return {
    type: 'organization.provisioned',
    timestamp: new Date(row.provisionedAt ?? row.createdAt).toISOString(),
    data: {
      externalId: row.externalId,
      email: row.email,
      businessName: row.businessName,
      userId: row.userId,
      organizationIdentifier: row.organizationIdentifier,
      organizationSlug: row.organizationSlug,
      clientKey: row.clientKey,
      serverKey: serverKey.reveal(),
      environment,
    },
  };
}
