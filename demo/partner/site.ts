/** The demo partner's web site: its pages under a strict policy, and the live feed. */
import { readFileSync, readdirSync } from 'node:fs';
import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import { streamSSE } from 'hono/streaming';
import type { Feed } from './feed.ts';
import { SCENARIOS } from '../sandbox/scenarios.ts';

/** Files of the site and their media types; nothing else is served. */
const FILES: Record<string, string> = {
  'product.css': 'text/css; charset=utf-8',
  'demo.css': 'text/css; charset=utf-8',
  'lanes.css': 'text/css; charset=utf-8',
  'playground.css': 'text/css; charset=utf-8',
  'recorder.js': 'text/javascript; charset=utf-8',
  'site.js': 'text/javascript; charset=utf-8',
  'lanes.js': 'text/javascript; charset=utf-8',
  'playground.js': 'text/javascript; charset=utf-8',
  'snippets.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** `proxyOrigin`: where the widget comes from. `real`: whether Kelviq itself is upstream, not the sandbox. */
export type SiteOptions = { proxyOrigin: string; real: boolean; feed: Feed };

/** Pages of the demo partner, to be mounted beside its backend. */
export function createSite({ proxyOrigin, real, feed }: SiteOptions): Hono {
  const app = new Hono();
  const settings = {
    proxyOrigin,
    real,
    languages: ['en', ...languages()],
    scenarios: SCENARIOS.map(({ name, title, does }) => ({ name, title, does })),
  };
  const page = read('index.html').replaceAll('http://proxy.example', proxyOrigin);
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${proxyOrigin}`,
    `style-src 'self' ${proxyOrigin}`,
    `connect-src 'self' ${proxyOrigin}`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types kelviq-onboarding',
  ].join('; ');

  app.get('/', (c) =>
    c.html(asKept(page, getCookie(c)), 200, {
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    }),
  );

  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/${name}`, (c) =>
      c.body(read(name), 200, { 'content-type': type, 'cache-control': 'no-cache' }),
    );
  }

  app.get('/demo/settings', (c) => c.json(settings));

  app.get('/demo/feed', (c) =>
    streamSSE(c, async (stream) => {
      const stop = feed.watch((event, data) => void stream.writeSSE({ event, data }));
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      stop();
    }),
  );

  return app;
}

/** The languages that the widget has words in, besides English. */
function languages(): string[] {
  return readdirSync(new URL('../../widget/locales/', import.meta.url))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));
}

/** The page in the mode and the theme that the visitor chose last. */
function asKept(page: string, cookies: Record<string, string>): string {
  const { 'playground-mode': mode, 'playground-theme': theme = '' } = cookies;
  const themed = /^(?:light|dark)$/.test(theme)
    ? page.replace('data-theme="auto"', `data-theme="${theme}"`)
    : page;
  return mode === 'session' ? themed.replace('<kelviq-onboarding ', '$&session-url="/session" ') : themed;
}

function read(name: string): string {
  return readFileSync(new URL(`../site/${name}`, import.meta.url), 'utf8');
}
