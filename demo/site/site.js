// The demo around the widget: switches, test addresses, and the live view of what each side saw.
import { Lane, toneOf } from './lanes.js';
import { dress, startPlayground } from './playground.js';
import { onRecord, records } from './recorder.js';

const settings = await (await fetch('/demo/settings')).json();
const host = document.getElementById('widget');
const lanes = {
  browser: new Lane('lane-browser'),
  kelviq: new Lane('lane-kelviq'),
  backend: new Lane('lane-backend'),
};
const byId = (id) => document.getElementById(id);
const post = (path, body) =>
  fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
const withoutOrigin = (url) => url.replace(location.origin, '').replace(settings.proxyOrigin, '');

// ── The widget, exactly as a partner's page holds it ────────────────────────

function placeWidget(email = '') {
  const widget = document.createElement('kelviq-onboarding');
  dress(widget);
  if (email) widget.setAttribute('email', email);
  host.replaceChildren(widget);
  setStatus('Not set up', 'Opens once payments are set up.', false);
}

host.addEventListener('kelviq-success', () => setStatus('Almost there', 'Waiting for your keys.', false));
host.addEventListener('kelviq-delivered', () =>
  setStatus('Connected', 'Every Monday, to your bank account.', true),
);

function setStatus(text, payouts, good) {
  byId('status').textContent = text;
  byId('status').classList.toggle('good', good);
  byId('payouts').textContent = payouts;
}

// ── Switches ────────────────────────────────────────────────────────────────

/** Forgets the customer, here and at the demo's backend, and starts with another one. */
async function startOver(email) {
  sessionStorage.clear();
  records.length = 0;
  await post('/demo/customer');
  placeWidget(email);
  byId('announce').textContent = email ? `New customer, with ${email}.` : 'New customer.';
}

byId('start-over').addEventListener('click', () => void startOver());
byId('down').addEventListener(
  'change',
  (event) => void post('/demo/receiver', { down: event.target.checked }),
);
// ── Test addresses ──────────────────────────────────────────────────────────

function scenarioButton({ name, title, does }) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  const address = document.createElement('code');
  const text = document.createElement('span');
  button.type = 'button';
  button.title = does;
  text.textContent = title;
  address.textContent = `${name}@`;
  button.append(text, address);
  // A fresh address each time: the sandbox remembers its users, as Kelviq does.
  button.addEventListener('click', () => {
    void startOver(`${name}+${Math.random().toString(36).slice(2, 6)}@northside.example`);
  });
  item.append(button);
  return item;
}

if (settings.real) document.querySelector('.scenarios').hidden = true;
byId('scenarios').append(...settings.scenarios.slice(0, 7).map(scenarioButton));
byId('more-scenarios').append(...settings.scenarios.slice(7).map(scenarioButton));
byId('upstream').textContent = settings.real ? 'real Kelviq' : 'sandbox';

// ── What each side saw ──────────────────────────────────────────────────────

function drawBrowser() {
  if (records.length === 0) lanes.browser.clear();
  for (const [index, { at, method, url, sent, status, bytes, text }] of records.entries()) {
    lanes.browser.show(index, {
      at,
      title: `${method} ${withoutOrigin(url)}`,
      status: status === null ? '…' : status === 0 ? 'no answer' : `${status} · ${bytes} B`,
      tone: toneOf(status),
      sent,
      got: text,
      note: '',
    });
  }
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  const leaked = records.some(({ text }) => /serverKey|sk_(?:test|live)_|kvqp_/.test(text));
  const read = bytes === 0 ? '' : ` in ${bytes.toLocaleString('en')} bytes`;
  lanes.browser.chip(leaked ? 'A SECRET CAME THROUGH' : `serverKey: never seen here${read}`, !leaked);
}

function drawKelviq({ id, at, method, path, partnerKey, sent, status, answered, leaves, durationMs }) {
  const waiting = durationMs === null ? '…' : 'no answer';
  lanes.kelviq.show(id, {
    at,
    title: `${method} ${path.replace('/api/v1', '')}`,
    status: status === null ? waiting : `${status}${leaves === 'half' ? ' · cut' : ''}`,
    tone: status === null && durationMs !== null ? 'bad' : toneOf(status),
    sent: sent ? JSON.stringify(sent) : '',
    got: typeof answered === 'string' ? answered : answered && JSON.stringify(answered),
    note: `X-Kelviq-Partner-Key: ${partnerKey}`,
  });
  if (answered?.serverKey) lanes.kelviq.chip(`serverKey issued: ${answered.serverKey}`);
}

function drawBackend({ at, webhookId, status, event, reason }) {
  lanes.backend.show(`${webhookId} ${at}`, {
    at,
    title: 'POST /webhooks/kelviq',
    status: String(status),
    tone: toneOf(status),
    sent: '',
    got: event ? JSON.stringify(event) : '',
    note: reason,
  });
  if (event) lanes.backend.chip(`serverKey received: ${event.data.serverKey}`);
}

/** With the real Kelviq nobody sees its side: the proxy's own log stands in for it. */
function drawProxyLog(line) {
  lanes.kelviq.show(JSON.stringify(line), {
    at: Date.parse(line.time) || Date.now(),
    title: String(line.event),
    status: String(line.status ?? line.level ?? ''),
    tone: '',
    sent: '',
    got: JSON.stringify(line),
    note: '',
  });
}

const feed = new EventSource('/demo/feed');
feed.addEventListener('clear', () => {
  for (const lane of [lanes.kelviq, lanes.backend]) {
    lane.clear();
    lane.chip('');
  }
});
feed.addEventListener('sight', ({ data }) => {
  const sight = JSON.parse(data);
  if (sight.lane === 'kelviq') drawKelviq(sight.request);
  else if (sight.lane === 'backend') drawBackend(sight);
  else drawProxyLog(sight.line);
});
// A demo that was started anew has its proxy elsewhere; this page still points at the old one.
feed.addEventListener('open', async () => {
  const { proxyOrigin } = await (await fetch('/demo/settings')).json();
  if (proxyOrigin !== settings.proxyOrigin) location.reload();
});
onRecord(drawBrowser);
drawBrowser();

// ── Begin ───────────────────────────────────────────────────────────────────

// A resumed customer may have been told before this script listened.
const firstWidget = host.querySelector('kelviq-onboarding');
startPlayground({
  settings,
  mode: firstWidget.hasAttribute('session-url') ? 'session' : 'open',
  widget: () => host.querySelector('kelviq-onboarding'),
  startOver,
});
if (firstWidget.organization) {
  const event = firstWidget.organization.delivery === 'delivered' ? 'kelviq-delivered' : 'kelviq-success';
  host.dispatchEvent(new CustomEvent(event));
}
void post('/demo/receiver', { down: false });
