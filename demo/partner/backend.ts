/**
 * A partner's backend, as small as one can be: it says who is signed in, and takes deliveries of the
 * proxy. Everything a partner has to write is in this file.
 */
import { Hono, type Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { DeliveryEvent } from '../../proxy/contract.ts';
import { DeliveryVerificationError, createSessionToken, verifyDelivery } from '../../proxy/backend.ts';
import { maskSecret } from '../sandbox/wire.ts';
import type { Feed } from './feed.ts';

/** What the backend has to know: both secrets are shared with the proxy, of `decryptionKey` it has the public half. */
export type BackendOptions = {
  webhookSecret: string;
  sessionSecret: string;
  decryptionKey: string;
  feed: Feed;
};

/** Routes of the partner's backend, and a few of the demo's own under `/demo/`. */
export function createBackend({ webhookSecret, sessionSecret, decryptionKey, feed }: BackendOptions): Hono {
  const app = new Hono();
  const organizations = new Map<string, DeliveryEvent['data']>();
  let down = false;

  // Whoever opens the page is signed in as a customer; a real backend has its own sign-in here.
  app.get('/', async (c, next) => {
    if (!getCookie(c, 'customer')) signIn(c);
    await next();
  });

  app.post('/session', async (c) => {
    const customer = getCookie(c, 'customer');
    if (!customer) return c.json({ error: 'Sign in first.' }, 401);
    const token = await createSessionToken({ secret: sessionSecret, externalId: customer });
    return c.json({ token }, 200, { 'cache-control': 'no-store' });
  });

  app.post('/webhooks/kelviq', async (c) => {
    const webhookId = c.req.header('webhook-id') ?? '';
    const seen = (status: 204 | 400 | 503, reason: string, event: DeliveryEvent | null) => {
      feed.show({
        lane: 'backend',
        at: Date.now(),
        webhookId,
        status,
        event: event && masked(event),
        reason,
      });
      return c.body(null, status);
    };
    if (down) return seen(503, 'The backend is down.', null);
    try {
      const event = await verifyDelivery({
        body: await c.req.text(),
        headers: c.req.raw.headers,
        secret: webhookSecret,
        decryptionKey,
      });
      if (event.type === 'ping') return seen(204, 'The signature is good. A ping, nothing to store.', null);
      const { externalId } = event.data;
      const again = organizations.has(externalId) ? 'Known already, stored over.' : 'Stored.';
      organizations.set(externalId, event.data);
      return seen(204, `The signature is good. ${again}`, event);
    } catch (error) {
      if (error instanceof DeliveryVerificationError) return seen(400, error.message, null);
      throw error;
    }
  });

  app.post('/demo/customer', (c) => {
    signIn(c);
    feed.clear();
    return c.body(null, 204);
  });

  app.post('/demo/receiver', async (c) => {
    ({ down } = (await c.req.json()) as { down: boolean });
    return c.body(null, 204);
  });

  return app;
}

function masked(event: DeliveryEvent): DeliveryEvent {
  return { ...event, data: { ...event.data, serverKey: maskSecret(event.data.serverKey) } };
}

function signIn(c: Context): void {
  setCookie(c, 'customer', `customer-${crypto.randomUUID()}`, { httpOnly: true, sameSite: 'Strict' });
}
