/** `kelviq-onboarding doctor`: says what stands in the way, and what to do about it. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { systemClock } from '../../clock.ts';
import { KELVIQ_BASE_URLS, createAsk } from '../../kelviq.ts';
import { Secret } from '../../secret.ts';
import { readVariable, type Environ } from '../config.ts';
import { createNodeSend } from '../http.ts';
import { UsageError, type Command } from './command.ts';
import { checkKey } from './doctor/key.ts';
import { checkListening } from './doctor/listening.ts';
import { checkPage } from './doctor/page.ts';
import type { Known } from './doctor/page-proxy.ts';
import { checkReceiver } from './doctor/receiver.ts';
import { createReport, type Report } from './doctor/report.ts';
import { checkSettings } from './doctor/settings.ts';
import { checkStore } from './doctor/store.ts';
import { checkUpstream, isProduction } from './doctor/upstream.ts';

/** Looks at everything that can be wrong before a customer does. */
export const doctor: Command = {
  usage: `Usage: kelviq-onboarding doctor [--receiver] [--upstream] [--page <address>]… [--json]

Checks the settings in the environment, that the server runs or its port is free, the store and the partner
key, beside a running server. Each line says how one thing stands, ok, warn, fail or skip, and what to do
about it.

  --receiver  sends a signed ping to WEBHOOK_URL, which has to take it (2xx), then one with a wrong and one
              with an old signature, which it has to refuse (4xx). A ping is { "type": "ping" }: nothing
              to store
  --upstream  creates an organization in Kelviq's sandbox, doctor-<random>@example.com, and proves on it
              each thing that the proxy relies on. Refused in production
  --page <address>
              opens a page of yours as a visitor who is not signed in, and says what keeps the widget from
              working there: script tag, Content-Security-Policy, ALLOWED_ORIGINS, integrity, session-url
  --json      one object for each line, then one with the sum

Nothing printed holds a key. Ends with 1 when something fails, with 0 when at most something is odd.
`,
  run: async (args, terminal) => {
    const { values } = parseArgs({
      args,
      options: {
        receiver: { type: 'boolean', default: false },
        upstream: { type: 'boolean', default: false },
        page: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    });
    const { env } = terminal;
    const pages = values.page.map(addressOf);
    const report = createReport(terminal, values.json);
    checkSettings(env, report.area('settings'));
    await checkListening(env, report.area('listening'));
    await checkStore(env, report.area('store'), systemClock);
    await askKelviq(env, report, values.upstream);
    if (values.receiver) await askReceiver(env, report);
    for (const page of pages) await checkPage(page, knownOf(env), report.area('page'));
    return report.end();
  },
};

function addressOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.username || url?.password)
    throw new UsageError('--page takes an address without user and password: it looks as any visitor does');
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError('--page takes the address of a page, such as https://app.example.com/payments');
}

function knownOf(env: Environ): Known {
  const origins = readVariable(env, 'ALLOWED_ORIGINS');
  const environment = readVariable(env, 'KELVIQ_ENV');
  return {
    allowedOrigins: origins.ok ? origins.value : null,
    environment: environment.ok && env['KELVIQ_ENV'] ? environment.value : null,
  };
}

async function askKelviq(env: Environ, report: Report, upstreamToo: boolean): Promise<void> {
  const tell = report.area('partner key');
  const key = readVariable(env, 'KELVIQ_PARTNER_KEY');
  const environment = readVariable(env, 'KELVIQ_ENV');
  const base = readVariable(env, 'KELVIQ_BASE_URL');
  if (!key.ok || !environment.ok || !base.ok) {
    tell('skip', 'the settings come first');
    if (upstreamToo) report.area('upstream')('skip', 'the settings come first');
    return;
  }
  const baseUrl = base.value ?? KELVIQ_BASE_URLS[environment.value];
  const upstream = { environment: environment.value, baseUrl };
  const { send, close } = createNodeSend();
  try {
    const ask = createAsk({ partnerKey: key.value, baseUrl, send });
    await checkKey({ ask, upstream, clock: systemClock }, tell);
    if (!upstreamToo) return;
    if (isProduction(upstream)) {
      report.area('upstream')(
        'fail',
        'not done in production: it would create an organization',
        'run it with the settings of your sandbox',
      );
      return;
    }
    const partnerKey = new Secret(`kvqp_doctor_${randomBytes(12).toString('hex')}`);
    const askWrongly = createAsk({ partnerKey, baseUrl, send });
    await checkUpstream({ ask, askWrongly, upstream }, report.area('upstream'));
  } finally {
    await close();
  }
}

async function askReceiver(env: Environ, report: Report): Promise<void> {
  const tell = report.area('receiver');
  const url = readVariable(env, 'WEBHOOK_URL');
  const secrets = readVariable(env, 'WEBHOOK_SECRET');
  const sealing = readVariable(env, 'WEBHOOK_ENCRYPTION_KEY');
  const internal = readVariable(env, 'WEBHOOK_ALLOW_INTERNAL');
  if (!url.ok || !secrets.ok || !sealing.ok || !internal.ok) return tell('skip', 'the settings come first');
  const { send, close } = createNodeSend({ publicOnly: !internal.value });
  try {
    const encryptionKey = sealing.value;
    await checkReceiver(
      { url: url.value.href, secrets: secrets.value, encryptionKey, send, clock: systemClock },
      tell,
    );
  } finally {
    await close();
  }
}
