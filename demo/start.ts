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

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
}

function fail(message: string): number {
  complain(message);
  return 1;
}

process.exit(await main());
