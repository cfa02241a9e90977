import assert from '../support/assert.ts';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transformWithOxc } from 'vite';
import { startSandbox } from '../../demo/sandbox/sandbox.ts';
import type { Given } from '../conformance/suite.ts';
import { installPackage, type Installed } from '../support/installed.ts';
import { startReceiver } from '../support/receiver.ts';

type Runtime = { name: string; program: string | undefined; args: string[] };

const runtimes = new URL('../support/runtimes.js', import.meta.url).href;
const { RUNTIMES } = (await import(runtimes)) as { RUNTIMES: Runtime[] };

let project: Installed;
before(async () => {
  project = await installPackage();
  const suite = fileURLToPath(new URL('../conformance/suite.ts', import.meta.url));
  const { code } = await transformWithOxc(readFileSync(suite, 'utf8'), suite);
  writeFileSync(join(project.folder, 'suite.mjs'), code);
});
after(() => project.remove());

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs the suite on a runtime, against servers of its own; gives what came of each check. */
async function conform({ name, program, args }: Runtime) {
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const [sandbox, receiver] = await Promise.all([startSandbox(), startReceiver(webhookSecret)]);
  const followed: string[] = [];
  const trap = createServer((request, response) => {
    if (request.url?.startsWith('/followed')) followed.push(request.url);
    response.writeHead(307, { location: '/followed' }).end();
  });
  const nobody = createServer();
  const closedUrl = await listen(nobody);
  await new Promise((resolve) => nobody.close(resolve));
  const given: Given = {
    partnerKey: sandbox.partnerKey,
    baseUrl: sandbox.url,
    redirectingUrl: await listen(trap),
    closedUrl,
    receiverUrl: receiver.url,
    webhookSecret,
  };
  const cwd = join(project.folder, name.replace(' ', '-'));
  mkdirSync(cwd);
  try {
    const { stdout } = await promisify(execFile)(program ?? '', [...args, join(dirname(cwd), 'suite.mjs')], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, SUITE: JSON.stringify(given) },
      timeout: 120_000,
    });
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; error: string | null });
    const posts = sandbox.state.requests.filter(({ method }) => method === 'POST').length;
    const made = sandbox.state.organizations.map(({ externalId }) => externalId);
    return {
      results,
      followed,
      posts,
      made,
      events: [...receiver.events],
    };
  } finally {
    trap.closeAllConnections();
    trap.close();
    await Promise.all([sandbox.close(), receiver.close()]);
  }
}

describe('createOnboarding', () => {
  for (const runtime of RUNTIMES) {
    const skip = runtime.program ? false : `${runtime.name} is not here: npm run runtimes`;
    it(`keeps its promises on ${runtime.name}`, { skip }, async () => {
      const { results, followed, posts, made, events } = await conform(runtime);
      assert.deepEqual(
        results.filter(({ error }) => error !== null),
        [],
      );
      assert.equal(results.length, 7);
      assert.deepEqual(followed, [], 'a redirect was followed, with the partner key');
      assert.equal(new Set(made).size, made.length, 'two organizations for one customer');
      assert.ok(posts >= made.length);
      const first = events.find(({ data }) => data.externalId === 'conform-1');
      assert.match(first?.data.serverKey ?? '', /^sk_/);
    });
  }

  it('needs Web standards alone until a store is opened', () => {
    const home = join(project.folder, 'node_modules/kelviq-onboarding/dist/proxy');
    const outside = new Set<string>();
    const open = [join(home, 'index.js')];
    const seen = new Set(open);
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      const code = readFileSync(path, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
      for (const [, specifier = ''] of code.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)) {
        const target = join(dirname(path), specifier);
        if (!specifier.startsWith('.')) outside.add(specifier.split('/')[0]!);
        // zod in one file.
        else if (specifier === './zod.js') outside.add('zod');
        else if (!seen.has(target)) open.push(target);
        seen.add(target);
      }
      for (const [, specifier = ''] of code.matchAll(/\bimport\('(\w[^']*)'\)/g))
        outside.add(specifier.split('/')[0]!);
      assert.doesNotMatch(code, /\b(?:process|Buffer|require|__dirname|setImmediate)\b[.(]/, path);
    }
    assert.ok(seen.size > 30);
    assert.deepEqual([...outside].toSorted(), ['altcha-lib', 'hono', 'jose', 'zod']);
  });
});
