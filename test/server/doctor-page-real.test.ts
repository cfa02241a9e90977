import assert from '../support/assert.ts';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { startServer } from '../../proxy/node/server.ts';
import { settingsOf } from '../support/environment.ts';
import { databasePath } from '../support/store.ts';
import { runBin } from '../support/terminal.ts';

describe('kelviq-onboarding doctor --page', () => {
  it('reads a page and its proxy over HTTP', async (t) => {
    let body = '';
    let headers: Record<string, string> = {};
    const site = createServer((request, response) => {
      if (request.url === '/old') response.writeHead(301, { location: '/' }).end();
      else response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(body);
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    t.after(() => {
      site.closeAllConnections();
      site.close();
    });
    const page = `http://localhost:${(site.address() as AddressInfo).port}`;
    const proxy = await startServer(
      settingsOf({
        HOST: '127.0.0.1',
        PORT: '0',
        ALLOWED_ORIGINS: page,
        DATABASE_URL: `sqlite:${await databasePath(t)}`,
      }),
      () => undefined,
    );
    t.after(() => proxy.close());
    body = `<script type="module" src="${proxy.url}/kelviq-onboarding.js"></script><kelviq-onboarding>`;
    const pageLines = async (address: string) => {
      const { out, err } = await runBin(['doctor', '--page', address, '--json'], { ALLOWED_ORIGINS: page });
      assert.equal(err, '');
      const lines = out
        .trim()
        .split('\n')
        .map(
          (line) => JSON.parse(line) as { area: string; status: string; what: string; fix: string | null },
        );
      return lines.filter(({ area }) => area === 'page');
    };

    const well = await pageLines(`${page}/old`);
    assert.deepEqual(
      well.map(({ status }) => status),
      ['ok', 'ok', 'ok'],
      JSON.stringify(well, null, 1),
    );
    assert.equal(well[0]?.what, `${page}/old leads to ${page}/`);

    // Port of X11, which the Fetch standard blocks.
    const [blocked, ...more] = await pageLines('http://localhost:6000/');
    assert.deepEqual(
      [blocked?.status, blocked?.what, more],
      ['fail', 'localhost:6000 is at a port that browsers never open', []],
    );

    headers = { 'content-security-policy': "default-src 'self'" };
    const other = await pageLines(page.replace('localhost', '127.0.0.1'));
    assert.deepEqual(
      other.flatMap(({ status, fix }) => (status === 'fail' ? fix : [])),
      [
        `write in it: script-src 'self' ${proxy.url}`,
        `write in it: connect-src 'self' ${proxy.url}`,
        `set ALLOWED_ORIGINS=${page},${page.replace('localhost', '127.0.0.1')} and start the proxy again`,
      ],
    );
  });

  for (const [word, says] of [
    ['hunter2', /^--page takes the address of a page/],
    ['file:///etc/hunter2', /^--page takes the address of a page/],
    ['https://staff:hunter2@app.example.com/', /^--page takes an address without user and password/],
  ] as const)
    it(`does not take ${word.split(':', 1)[0]}:…`, async () => {
      const { code, out, err } = await runBin(['doctor', '--page', word]);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, says);
      assert.doesNotMatch(err, /hunter2/);
    });

  it('says that it does not read a long page to its end', async (t) => {
    const site = createServer((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'.repeat(2_000_000)),
    );
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    t.after(() => site.close());
    const { out } = await runBin([
      'doctor',
      '--page',
      `http://127.0.0.1:${(site.address() as AddressInfo).port}/`,
    ]);
    assert.match(out, /^warn {2}page: only the first 5 MB of it are looked at$/m);
  });
});
