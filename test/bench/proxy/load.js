// Sends signups on raw sockets. Arguments: port, seconds, signups a second (0: as fast as they are
// answered), connections. Prints one line of JSON; latency counts from when a signup was to be sent.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const [port, seconds, rate, connections] = process.argv.slice(2).map(Number);
const run = randomBytes(9).toString('hex');
const latencies = [];
const idle = [];
let [sent, failed, stopped] = [0, 0, false];

function request(number) {
  const body = `{"email":"owner-${run}-${number}@example.com","businessName":"Bench ${number}"}`;
  return `POST /v1/organizations HTTP/1.1\r\nHost: localhost\r\nOrigin: https://bench.example\r\nContent-Type: application/json\r\nIdempotency-Key: ${run}-${String(number).padStart(8, '0')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function fire(lane, due) {
  lane.due = due;
  lane.socket.write(request(++sent));
}

function answered(lane) {
  const status = lane.text.slice(9, 12);
  lane.text = '';
  if (status !== '201') failed++;
  latencies.push(performance.now() - lane.due);
  if (stopped || rate) idle.push(lane);
  else fire(lane, performance.now());
}

function read(lane, chunk) {
  lane.text += chunk;
  const head = lane.text.indexOf('\r\n\r\n');
  if (head < 0) return;
  const [, length] = /content-length: (\d+)/i.exec(lane.text.slice(0, head)) ?? [];
  const whole =
    length === undefined ? lane.text.endsWith('0\r\n\r\n') : lane.text.length >= head + 4 + Number(length);
  if (whole) answered(lane);
}

function dial() {
  return new Promise((resolve, reject) => {
    const lane = { socket: connect(port, '127.0.0.1'), text: '', due: 0 };
    lane.socket.setNoDelay(true).setEncoding('latin1');
    lane.socket.on('data', (chunk) => read(lane, chunk));
    lane.socket.once('connect', () => resolve(lane)).once('error', reject);
  });
}

idle.push(...(await Promise.all(Array.from({ length: connections }, dial))));
const from = performance.now();
if (rate) {
  let due = from;
  await new Promise((resolve) => {
    (function pace() {
      for (const now = performance.now(); due <= now && idle.length > 0; due += 1000 / rate)
        fire(idle.pop(), due);
      if (performance.now() - from >= seconds * 1000) resolve();
      else setTimeout(pace, 1);
    })();
  });
} else {
  for (const lane of idle.splice(0)) fire(lane, from);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
stopped = true;
const took = (performance.now() - from) / 1000;
const done = latencies.length;
for (let waits = 0; idle.length < connections && waits < 500; waits++)
  await new Promise((resolve) => setTimeout(resolve, 10));
latencies.sort((one, other) => one - other);
const at = (share) => latencies[Math.floor(latencies.length * share)] ?? 0;
const line = { answered: latencies.length, perSecond: done / took, failed, p50: at(0.5), p99: at(0.99) };
process.stdout.write(`${JSON.stringify({ ...line, unanswered: connections - idle.length })}\n`, () =>
  process.exit(0),
);
