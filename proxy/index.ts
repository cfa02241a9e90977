/** Entry of `kelviq-onboarding/proxy`: what a partner mounts in an app of its own. */
export { createOnboarding } from './onboarding.ts';
export type { Onboarding, OnboardingState } from './onboarding.ts';
export type { OnboardingOptions } from './options.ts';
export type { Identified } from './identity.ts';
export type { RateLimit } from './charges.ts';
export type { DeliveryEvent, Organization, Problem, SessionAnswer } from './contract.ts';
export { DeliveryFailure, type Deliver } from './delivery.ts';
export { webhook, type WebhookOptions } from './webhook.ts';
export { createLog, type Log, type LogFields, type LogLevel } from './log.ts';
export { Secret } from './secret.ts';
export type { Store } from './store.ts';
