/**
 * Where a request comes from. Every proxy appends to `X-Forwarded-For` whom it was called by; of
 * that list only what our own proxies wrote, counted from the right, can be believed.
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { canonicalAddress } from '../address.ts';
import type { Log } from '../log.ts';

/** How long a warning stands for those that would follow it. */
const WARN_EVERY_MS = 3_600_000;

/** Who left before anybody asked where from: all of them together count as one client. */
const GONE = 'gone';

/**
 * A function that gives the client's address as `canonicalAddress` writes it, or `gone`. Warns, at most
 * once an hour, when `X-Forwarded-For` arrives although no proxy is trusted: then all clients may look
 * like one.
 */
export function createClientAddress(
  trustedProxies: number,
  log: Log,
  now: () => number = Date.now,
): (c: Context) => string {
  let warnAt = trustedProxies > 0 ? Infinity : 0;
  return (c) => {
    const { incoming } = c.env as HttpBindings;
    const forwarded = c.req.header('x-forwarded-for');
    if (forwarded !== undefined && now() >= warnAt) {
      warnAt = now() + WARN_EVERY_MS;
      log('warn', 'forwarded_for_ignored', {
        hint: 'X-Forwarded-For arrives. Behind a reverse proxy set TRUSTED_PROXIES to the number of proxies.',
      });
    }
    const nearest = canonicalAddress(incoming.socket.remoteAddress ?? '') ?? GONE;
    if (trustedProxies === 0 || forwarded === undefined) return nearest;
    const hops = forwarded.split(',');
    return canonicalAddress(hops[Math.max(0, hops.length - trustedProxies)] ?? '') ?? nearest;
  };
}
