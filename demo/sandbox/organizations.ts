/**
 * What the sandbox knows: organizations and users, with the rules of the published partner API.
 * Pure of HTTP; answers are shaped as a Django REST service shapes them, which is how the real one reads.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { codePoints } from '../../proxy/text.ts';
import type { Environment } from '../../proxy/limits.ts';
import type { Reply } from './wire.ts';

/** An organization as the sandbox keeps it. */
export type SandboxOrganization = {
  externalId: string;
  email: string;
  businessName: string | null;
  userId: number;
  organizationIdentifier: string;
  organizationSlug: string;
  clientKey: string;
  serverKey: string;
  createdAt: number;
  /** From when on (milliseconds since the epoch) answers carry the keys instead of null. */
  keysAt: number;
};

/** A checked body of `POST /partner/organizations/`. */
export type ProvisionRequest = { externalId: string; email: string; businessName: string | null };

const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

function textError(value: unknown, required: boolean, maxCodePoints: number): string | null {
  if (value === undefined) return required ? 'This field is required.' : null;
  if (value === null) return 'This field may not be null.';
  if (typeof value !== 'string') return 'Not a valid string.';
  if (value.trim() === '') return 'This field may not be blank.';
  if (codePoints(value) > maxCodePoints) {
    return `Ensure this field has no more than ${maxCodePoints} characters.`;
  }
  return value.includes('\0') ? 'Null characters are not allowed.' : null;
}

/** Checks a parsed body: the request, or the 400 that names each wrong field. */
export function checkProvision(body: unknown): ProvisionRequest | Reply {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { status: 400, body: { nonFieldErrors: ['Invalid data. Expected a dictionary.'] } };
  }
  const { externalId, email, businessName } = body as Record<string, unknown>;
  const errors: Record<string, string[]> = {};
  const note = (field: string, error: string | null) => {
    if (error) errors[field] = [error];
  };
  note('externalId', textError(externalId, true, 128));
  note('email', textError(email, true, 254));
  note('businessName', textError(businessName, false, 200));
  if (!errors['email'] && !EMAIL.test(String(email))) errors['email'] = ['Enter a valid email address.'];
  if (Object.keys(errors).length > 0) return { status: 400, body: errors };
  return {
    externalId: externalId as string,
    email: email as string,
    businessName: typeof businessName === 'string' ? businessName : null,
  };
}

/** The public shape of an organization at time `now`; keys are null before `keysAt`. */
export function present(organization: SandboxOrganization, now: number): Record<string, unknown> {
  const issued = now >= organization.keysAt;
  return {
    userId: organization.userId,
    organizationIdentifier: organization.organizationIdentifier,
    organizationSlug: organization.organizationSlug,
    clientKey: issued ? organization.clientKey : null,
    serverKey: issued ? organization.serverKey : null,
    partnerExternalId: organization.externalId,
  };
}

function slugOf(text: string): string {
  const ascii = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return ascii.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'organization';
}

/** The sandbox's memory. */
export class Organizations {
  /** In the order of creation. */
  readonly all: SandboxOrganization[] = [];
  /** E-mail addresses of every user, in lower case; a test may add one that was there before. */
  readonly users = new Set<string>();
  readonly #byExternalId = new Map<string, SandboxOrganization>();
  readonly #byIdentifier = new Map<string, SandboxOrganization>();
  readonly #slugs = new Set<string>();
  readonly #mode: 'test' | 'live';

  constructor(environment: Environment) {
    this.#mode = environment === 'production' ? 'live' : 'test';
  }

  /** Creates one, or gives the 400 (externalId in use) or 409 (e-mail of an existing user) in its place. */
  create(request: ProvisionRequest, now: number, keysAt: number): SandboxOrganization | Reply {
    if (this.#byExternalId.has(request.externalId)) {
      const detail = 'An organization with this externalId already exists for this partner.';
      return { status: 400, body: { externalId: [detail] } };
    }
    const user = request.email.toLowerCase();
    if (this.users.has(user)) {
      return { status: 409, body: { detail: 'An account with this email already exists.' } };
    }
    const organization: SandboxOrganization = {
      ...request,
      userId: 4271 + this.all.length,
      organizationIdentifier: randomUUID(),
      organizationSlug: this.#freeSlug(slugOf(request.businessName ?? user.replace(/@.*/, ''))),
      clientKey: `ck_${this.#mode}_${randomBytes(9).toString('hex')}`,
      serverKey: `sk_${this.#mode}_${randomBytes(18).toString('hex')}`,
      createdAt: now,
      keysAt,
    };
    this.all.push(organization);
    this.users.add(user);
    this.#byExternalId.set(organization.externalId, organization);
    this.#byIdentifier.set(organization.organizationIdentifier, organization);
    return organization;
  }

  /** The partner's organization of that externalId. */
  byExternalId(externalId: string): SandboxOrganization | null {
    return this.#byExternalId.get(externalId) ?? null;
  }

  /** The organization of that UUID. */
  byIdentifier(identifier: string): SandboxOrganization | null {
    return this.#byIdentifier.get(identifier.toLowerCase()) ?? null;
  }

  #freeSlug(wanted: string): string {
    let slug = wanted;
    for (let n = 2; this.#slugs.has(slug); n++) slug = `${wanted}-${n}`;
    this.#slugs.add(slug);
    return slug;
  }
}
