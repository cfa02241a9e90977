import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TYPESCRIPT } from '../support/serve-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs `code` in a process of its own until a module whose URL holds `module` is loaded. */
async function loads(module: string, code: string): Promise<void> {
  const script = `
    import { Session } from 'node:inspector';
    const session = new Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({ params }) => {
      if (params.url.includes(${JSON.stringify(module)})) process.exit(0);
    });
    session.post('Debugger.enable');
    ${code}
    process.on('exit', () => (process.exitCode ??= 1));
  `;
  const args = [...TYPESCRIPT, '--input-type=module', '-e', script];
  await run(process.execPath, args, { cwd: root, timeout: 20_000 });
}

describe('a part that is loaded late', () => {
  it('is there before the first session token', () =>
    loads(
      'jwt/verify',
      `const { createOnboarding } = await import('./proxy/index.ts');
      createOnboarding({
        partnerKey: 'kvqp_sandbox_0123456789abcdef',
        sessionSecrets: ['a-session-secret-of-32-bytes-or-more'],
        allowedOrigins: ['https://partner.example'],
        store: 'sqlite::memory:',
        deliver: async () => undefined,
      }).start();`,
    ));

  it('is there before the first key that is sealed', () =>
    loads(
      'jwe/compact/encrypt',
      `const { webhook } = await import('./proxy/index.ts');
      const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
      const encryptionKey = await crypto.subtle.exportKey('jwk', pair.publicKey);
      webhook({ url: 'https://partner.example/', secrets: ['whsec_' + btoa('x'.repeat(32))], encryptionKey });`,
    ));
});
