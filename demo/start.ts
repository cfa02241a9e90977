/** `npm start`: the demo, until Ctrl-C or until the process that started it has gone. */
import './end-with-parent.js';
import { startDemo } from './demo.ts';

const DEFAULT_PORT = 5173;

async function main(): Promise<number> {
  const text = process.env['PORT'] || String(DEFAULT_PORT);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) return fail('PORT must be a whole number from 0 to 65535.');

  const asked = new Promise<null>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(null));
  });
  const demo = await startDemo(port, process.env, complain).catch((error: unknown) => {
    const { code, message } = error as { code?: string; message?: string };
    if (code !== 'EADDRINUSE') return message ?? String(error);
    return `Port ${port} is in use. Choose another one: PORT=${port + 1} npm start`;
  });
  if (typeof demo === 'string') return fail(demo);

  const upstream = demo.real ? 'the real Kelviq' : 'a sandbox in place of Kelviq';
  process.stdout.write(`\n  Demo, with ${upstream}:  ${demo.url}\n\n  Ctrl-C ends it.\n\n`);
  const trouble = await Promise.race([asked, demo.failed]);
  await demo.close();
  return trouble === null ? 0 : fail(trouble);
}

/** Lines that are on the terminal. */
const said = new Set<string>();

function complain(message: string): void {
  for (const line of message.split('\n')) said.add(line);
  process.stderr.write(`${message}\n`);
}

/** The proxy's own words, in which a failure ends, may be there already. */
function fail(message: string): number {
  complain(
    message
      .split('\n')
      .filter((line) => line !== '' && !said.has(line))
      .join('\n'),
  );
  return 1;
}

process.exit(await main());
