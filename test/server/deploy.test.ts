import assert from '../support/assert.ts';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { freePort } from '../../demo/proxy-process.ts';
import { readSettings, readVariable, type VariableName } from '../../proxy/node/config.ts';
import { execForm, isInContext, stagesOf, type Stage } from '../support/dockerfile.ts';
import { leastEnvironment } from '../support/environment.ts';
import { blocks } from '../support/readme.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const source = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const [build, final] = stagesOf(source('Dockerfile')) as [Stage, Stage];
const the = (name: string) => final.instructions.filter((one) => one.name === name);
const environment = Object.fromEntries(
  the('ENV').flatMap(({ words }) =>
    words.map((word) => word.split(/=(.*)/s).slice(0, 2) as [string, string]),
  ),
);

/** Does the COPY and `node` steps of a stage below `root`; what npm does is there already, as a link. */
function make({ instructions }: Stage, root: string, stages: Record<string, string>): void {
  let folder = root;
  for (const { name, words, from } of instructions) {
    if (name === 'WORKDIR') mkdirSync((folder = join(root, words[0] ?? '')), { recursive: true });
    else if (name === 'COPY') {
      const base = from === null ? ROOT : (stages[from] ?? '');
      const to = join(folder, words.at(-1) ?? '');
      for (const path of words.slice(0, -1)) {
        const target = words.at(-1) === './' ? join(to, path.split('/').at(-1) ?? '') : to;
        if (path.endsWith('/node_modules')) symlinkSync(join(ROOT, 'node_modules'), target);
        else cpSync(join(base, path), target, { recursive: true });
      }
    } else if (name === 'RUN' && words[0] === 'npm' && words[1] === 'ci')
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    else if (name === 'RUN' && words[0] === 'node') {
      const { status, stderr } = spawnSync(process.execPath, words.slice(1), {
        cwd: folder,
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
    }
  }
}

/** The user of the image, where this process may become it and it may read what lies here. */
function imageUser(path: string): { uid: number; gid: number } | Record<string, never> {
  const [uid = NaN, gid = NaN] = (the('USER')[0]?.words[0] ?? '').split(':').map(Number);
  if (process.getuid?.() !== 0) return {};
  const reading = `require('node:fs').accessSync(${JSON.stringify(path)}); require('node:fs').readdirSync(${JSON.stringify(join(ROOT, 'node_modules'))})`;
  return spawnSync(process.execPath, ['-e', reading], { uid, gid }).status === 0 ? { uid, gid } : {};
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-image-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function gone(server: ChildProcess): Promise<never> {
  const [code] = (await once(server, 'close')) as [number];
  throw new Error(`It ended with ${code}.`);
}

function written(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), `${text}\n`);
}

describe('Dockerfile', () => {
  it('copies what is there and what the context holds', () => {
    for (const { words } of [...build.instructions, ...final.instructions].filter(
      ({ name, from }) => name === 'COPY' && from === null,
    ))
      for (const path of words.slice(0, -1)) assert.ok(isInContext(path), path);
    for (const path of [
      '.git',
      'node_modules',
      '.env',
      'secrets',
      'data',
      'test',
      'demo/site',
      'onboarding.env',
    ])
      assert.ok(!isInContext(path), path);
  });

  it('builds, runs as nobody much and says how it is', async (t) => {
    const folder = folderOf(t);
    const [src, root, data] = ['build', 'root', 'data'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    make(build, src, {});
    make(final, root, { build: src });
    mkdirSync(data, { mode: 0o700 });
    const entry = [execForm(the('ENTRYPOINT')[0]!), execForm(the('CMD')[0]!)].flat().slice(1);
    const cli = join(root, entry[0] ?? '');
    const user = imageUser(cli);
    if ('uid' in user) chownSync(data, user.uid, user.gid);
    const env = {
      PATH: process.env['PATH'],
      ...environment,
      ...leastEnvironment,
      PORT: String(await freePort()),
      DATABASE_URL: environment['DATABASE_URL']?.replace('/data/', `${data}/`),
    };
    const health = execForm(the('HEALTHCHECK')[0]!).slice(1);
    const isWell = () => spawnSync(process.execPath, health, { env, ...user }).status === 0;
    assert.equal(isWell(), false, 'nothing runs yet');

    const server = spawn(process.execPath, [cli, ...entry.slice(1)], {
      env,
      cwd: root,
      ...user,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => server.kill('SIGKILL'));
    let out = '';
    server.stdout.on('data', (chunk) => (out += String(chunk)));
    while (!out.includes('"listening"')) await Promise.race([once(server.stdout, 'data'), gone(server)]);
    assert.equal(isWell(), true);
    const ended = once(server, 'close');
    server.kill(the('STOPSIGNAL')[0]?.words[0] as NodeJS.Signals);
    assert.deepEqual(await ended, [0, null]);
    assert.match(out, /"event":"stopped"/);
  });

  it('has its commands by their name', () => {
    const [, script = ''] = execForm(the('ENTRYPOINT')[0]!);
    const steps = the('RUN').map(({ words }) => words.join(' '));
    assert.ok(
      steps.includes(`chmod 0755 ${script} && ln -s ${script} /usr/local/bin/kelviq-onboarding`),
      steps.join('\n'),
    );
    assert.match(source('proxy/node/cli.ts'), /^#!\/usr\/bin\/env node\n/);
  });

  it('keeps its state in its one volume, as a user without rights', () => {
    assert.equal(the('VOLUME')[0]?.words[0], '/data');
    assert.match(environment['DATABASE_URL'] ?? '', /^sqlite:\/data\//);
    assert.match(the('USER')[0]?.words[0] ?? '', /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(the('EXPOSE')[0]?.words[0], environment['PORT']);
  });
});

type Service = {
  environment?: Record<string, string>;
  secrets?: string[];
  deploy?: { replicas?: number };
  read_only?: boolean;
  networks?: string[];
  depends_on?: string[] | Record<string, unknown>;
  stop_grace_period?: string;
  ulimits?: Record<string, number>;
};
type Compose = Record<'services', Record<string, Service>> &
  Record<'secrets' | 'networks' | 'volumes' | 'configs', Record<string, { content?: string }>>;

describe('compose.yaml', () => {
  const compose = parse(source('compose.yaml'), { strict: true, uniqueKeys: true }) as Compose;

  it('names nothing that it does not declare', () => {
    for (const [name, { secrets = [], networks = [], depends_on: needs = [] }] of Object.entries(
      compose.services,
    )) {
      for (const secret of secrets) assert.ok(Object.hasOwn(compose.secrets, secret), `${name}: ${secret}`);
      for (const network of networks)
        assert.ok(Object.hasOwn(compose.networks, network), `${name}: ${network}`);
      for (const other of Array.isArray(needs) ? needs : Object.keys(needs))
        assert.ok(Object.hasOwn(compose.services, other), `${name}: ${other}`);
    }
    assert.deepEqual(Object.keys(compose.services), ['onboarding', 'postgres', 'caddy']);
  });

  it('gives two replicas settings that they take', (t) => {
    const folder = folderOf(t);
    const onboarding = compose.services['onboarding'] ?? {};
    assert.deepEqual([onboarding.deploy?.replicas, onboarding.read_only], [2, true]);
    const values: Record<string, string> = {
      partner_key: 'kvqp_test_1',
      webhook_secret: leastEnvironment['WEBHOOK_SECRET'] ?? '',
      session_secret: 's'.repeat(64),
      database_url: 'postgres://onboarding:secret@postgres:5432/onboarding',
    };
    assert.deepEqual(onboarding.secrets?.toSorted(), Object.keys(values).toSorted());
    for (const [name, value] of Object.entries(values)) written(folder, name, value);
    const given = {
      KELVIQ_ENV: 'production',
      ALLOWED_ORIGINS: 'https://a.example',
      WEBHOOK_URL: 'https://b.example/hook',
    };
    const env: Record<string, string> = { ...environment };
    for (const [name, value] of Object.entries(onboarding.environment ?? {}))
      env[name] = value
        .replaceAll(/\$\{(\w+)(?::[-?][^}]*)?\}/g, (_, variable: keyof typeof given) => given[variable])
        .replace('/run/secrets', folder);
    const reading = readSettings(env);
    assert.ok(reading.ok, reading.ok ? '' : reading.mistakes.join('\n'));
    assert.equal(reading.settings.databaseUrl.reveal(), values['database_url']);
    assert.equal(reading.settings.openSignup, false);
  });

  it('leaves no core of a server behind', () => {
    assert.deepEqual(compose.services['onboarding']?.ulimits, { core: 0 });
  });

  it('keeps what it asks for where every later command finds it', () => {
    const text = source('compose.yaml');
    const asked = [...text.matchAll(/\$\{(\w+):[?-]/g)].map(([, name = '']) => name);
    for (const name of asked) assert.match(text, new RegExp(`^#   echo "${name}=.*" +>>? \\.env$`, 'm'));
    const ignored = source('.gitignore').split('\n');
    for (const path of ['.env', 'secrets/']) assert.ok(ignored.includes(path), path);
  });

  it('sends every request to a replica that is there', () => {
    const caddyfile = compose.configs['caddyfile']?.content ?? '';
    assert.match(caddyfile, /^\{\$\$ONBOARDING_HOST\} \{\n {2}respond \/readyz 403\n/);
    assert.ok(caddyfile.includes(`dynamic a onboarding ${environment['PORT']} {`));
    assert.equal(caddyfile.split('{').length, caddyfile.split('}').length);
    assert.equal(compose.services['onboarding']?.environment?.['TRUSTED_PROXIES'], '1');
  });
});

describe('the systemd unit', () => {
  const unit = source('demo/deploy/kelviq-onboarding.service');
  const settings = [...unit.matchAll(/^Environment=(\w+)=(.+)$/gm)].map(([, name = '', value = '']) => ({
    name,
    value,
  }));

  it('sets nothing that the server does not know', () => {
    for (const { name, value } of settings.filter((one) => one.name !== 'NODE_ENV')) {
      const variable = name.replace(/_FILE$/, '') as VariableName;
      const reading = readVariable({ [variable]: name.endsWith('_FILE') ? 'x' : value }, variable);
      if (!name.endsWith('_FILE')) assert.ok(reading.ok, name);
    }
    const { StateDirectory, ReadWritePaths } = Object.fromEntries(
      [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const database = settings.find(({ name }) => name === 'DATABASE_URL')?.value;
    assert.ok(database?.startsWith(`sqlite:/var/lib/${StateDirectory}/`));
    assert.equal(ReadWritePaths, undefined);
  });

  it('leaves no core of a server behind', () => {
    assert.match(unit, /^LimitCORE=0$/m);
  });

  it('holds by what systemd says of it', (t) => {
    const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
    if (analyze.status !== 0) return t.skip('systemd-analyze is not here');
    const folder = folderOf(t);
    const path = join(folder, 'kelviq-onboarding.service');
    // What it starts is not installed here, and verify wants it to be there.
    written(
      folder,
      'kelviq-onboarding.service',
      unit.replaceAll('/opt/kelviq-onboarding/bin/kelviq-onboarding', process.execPath),
    );
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    const said = verified.stderr.split('\n').filter((line) => line.includes('kelviq-onboarding.service'));
    assert.deepEqual(said, []);
    const exposure = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=15', path], {
      encoding: 'utf8',
    });
    assert.equal(exposure.status, 0, exposure.stdout.split('\n').slice(-3).join('\n'));
  });
});

describe('README, the alert rules', () => {
  it('are YAML that Prometheus would read', () => {
    const text =
      blocks.find(({ language, text: one }) => language === 'yaml' && one.includes('alert:'))?.text ?? '';
    const { groups } = parse(text, { strict: true }) as {
      groups: {
        name: string;
        rules: { alert: string; expr: string; for?: string; annotations: { summary: string } }[];
      }[];
    };
    for (const { alert, expr, annotations, for: lasting = '0m' } of groups.flatMap(({ rules }) => rules)) {
      assert.match(alert, /^[A-Z][A-Za-z]+$/);
      assert.match(lasting, /^\d+[smh]$/);
      assert.equal(expr.split('(').length, expr.split(')').length, alert);
      assert.ok(annotations.summary.endsWith('.'));
    }
  });
});
