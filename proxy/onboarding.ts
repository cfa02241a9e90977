/** Placeholder types while the rooms are being built; see the commit that follows. */
import type { Hono } from 'hono';
import type { Context } from 'hono';
import type { Clock } from './clock.ts';
import type { DeliveryEvent } from './contract.ts';
import type { HttpSend } from './http.ts';
import type { Environment } from './limits.ts';
import type { Log } from './log.ts';
import type { Secret } from './secret.ts';
import type { Store } from './store.ts';

/** Who a request belongs to, as the partner's own app says. `externalId` is the partner's id of its customer. */
export type Identified = { externalId: string; email?: string; businessName?: string };

/** At most `attempts` new signups in `windowMs` milliseconds. */
export type RateLimit = { attempts: number; windowMs: number };

/** Hands an event to the partner's backend. Resolving means stored there; rejecting means try again. */
export type Deliver = (event: DeliveryEvent, context: { id: string; attempt: number }) => Promise<void>;

export type OnboardingOptions = {
  partnerKey: string | Secret;
  environment?: Environment;
  baseUrl?: string;
  allowedOrigins: readonly string[];
  identify?: (c: Context) => Identified | null | Promise<Identified | null>;
  sessionSecrets?: readonly (string | Secret)[];
  openSignup?: boolean;
  store: Store | string;
  deliver: Deliver;
  rateLimit?: RateLimit | null;
  rateLimitEmail?: RateLimit | null;
  clientAddress?: (c: Context) => string | null;
  send?: HttpSend;
  clock?: Clock;
  log?: Log;
};

export type Onboarding = {
  app: Hono;
  start(): void;
  stop(): Promise<void>;
  run(): Promise<void>;
  state(): Promise<{ store: 'ok' | 'unavailable'; partnerKey: 'ok' | 'refused' | 'unknown' }>;
};
