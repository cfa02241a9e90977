// What a partner pastes for what is chosen here: text, drawn from the choices and nothing else. The three
// belong together, at the addresses of the README's quick start; the demo's own end with the demo.

const PROXY = 'http://localhost:8787';
const SITE = 'http://localhost:3000';

/** Text for an attribute's value. */
const quoted = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** The tag's attributes for the choices, in the order of the README's table. */
export function attributesOf({ mode, partnerName, locale, theme }) {
  return {
    ...(mode === 'session' && { 'session-url': '/session' }),
    ...(partnerName && { 'partner-name': partnerName }),
    ...(locale && { locale }),
    ...(theme !== 'auto' && { theme }),
  };
}

function page(choices) {
  const { accent, width } = choices;
  const rules = [
    ...(accent ? [`  --kelviq-accent: ${accent};`] : []),
    ...(width ? [`  max-inline-size: ${width}px;`] : []),
  ];
  const attributes = Object.entries(attributesOf(choices)).map(
    ([name, value]) => ` ${name}="${quoted(value)}"`,
  );
  return [
    `<link rel="stylesheet" href="${PROXY}/kelviq-onboarding.css">`,
    `<script type="module" src="${PROXY}/kelviq-onboarding.js"></script>`,
    ...(rules.length > 0 ? ['<style>', 'kelviq-onboarding {', ...rules, '}', '</style>'] : []),
    '',
    `<kelviq-onboarding${attributes.join('')}></kelviq-onboarding>`,
  ].join('\n');
}

/** By a shell, which makes the secrets; neither it alone nor a file of settings would. */
function proxy({ mode }) {
  return [
    'cat > onboarding.env <<END',
    'KELVIQ_PARTNER_KEY=kvqp_…',
    `ALLOWED_ORIGINS=${SITE}`,
    `WEBHOOK_URL=${SITE}/webhooks/kelviq`,
    'WEBHOOK_SECRET=whsec_$(openssl rand -base64 32)',
    mode === 'session' ? 'SESSION_SECRET=$(openssl rand -hex 32)' : 'OPEN_SIGNUP=true',
    'END',
    'node --env-file=onboarding.env node_modules/.bin/kelviq-onboarding serve',
  ].join('\n');
}

const RECEIVER = `import { DeliveryVerificationError, verifyDelivery } from 'kelviq-onboarding/backend';

app.post('/webhooks/kelviq', async (c) => {
  try {
    const { type, data } = await verifyDelivery({
      body: await c.req.text(),
      headers: c.req.raw.headers,
      secret: process.env.WEBHOOK_SECRET,
    });
    if (type === 'organization.provisioned') await save(data);
    return c.body(null, 204);
  } catch (error) {
    if (error instanceof DeliveryVerificationError) return c.text(error.message, 400);
    throw error;
  }
});`;

const SESSION = `import { createSessionToken } from 'kelviq-onboarding/backend';

app.post('/session', async (c) => {
  const user = await signedInUser(c);
  if (!user) return c.json({ error: 'Sign in first.' }, 401);
  const token = await createSessionToken({
    secret: process.env.SESSION_SECRET,
    externalId: user.id,
    email: user.email,
  });
  return c.json({ token });
});`;

/** The three texts for the choices: `page`, `proxy` (its settings) and `backend`. */
export function snippetsOf(choices) {
  return {
    page: page(choices),
    proxy: proxy(choices),
    backend: choices.mode === 'session' ? `${SESSION}\n\n${RECEIVER}` : RECEIVER,
  };
}
