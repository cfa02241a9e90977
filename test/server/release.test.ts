/** The workflow that publishes: its own steps, run here in a copy of what they read. */
import assert from '../support/assert.ts';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { version } = JSON.parse(source('package.json')) as { version: string };
const { jobs } = parse(source('.github/workflows/release.yml')) as {
  jobs: Record<
    string,
    { permissions?: Record<string, string>; steps: { name?: string; uses?: string; run?: string }[] }
  >;
};
const steps = jobs['pack']?.steps ?? [];

/** Runs the step with this name where package.json and CHANGELOG.md are; what it left in package.json. */
function run(t: TestContext, name: string, env: Record<string, string>, changelog = '') {
  const folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-release-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), source('package.json'));
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
  const command = steps.find((step) => step.name === name)?.run ?? assert.fail(name);
  const { status, stderr } = spawnSync('bash', ['-e', '-c', command], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    encoding: 'utf8',
  });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  return { status, stderr, manifest };
}

describe('the release workflow', () => {
  const dated = `## ${version} – 2026-12-01\n`;
  for (const [what, tag, changelog, status] of [
    ['the version, dated in the changelog', `v${version}`, dated, 0],
    ['another version', 'v99.0.0', dated, 1],
    ['a version that is not dated yet', `v${version}`, `## ${version} – unreleased\n`, 1],
  ] as const)
    it(`${status === 0 ? 'takes' : 'refuses'} a tag of ${what}`, (t) => {
      const name = 'The tag is the version, and the changelog knows it';
      assert.equal(run(t, name, { TAG: tag }, changelog).status, status);
    });

  it('names the repository, without which npm takes no provenance', (t) => {
    const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'partner/onboarding' };
    const { status, stderr, manifest } = run(t, 'The package names this repository', env);
    assert.equal(status, 0, stderr);
    assert.deepEqual(manifest, {
      ...(JSON.parse(source('package.json')) as object),
      repository: { type: 'git', url: 'git+https://github.com/partner/onboarding.git' },
    });
  });

  it('runs nobody’s code where it may publish', () => {
    const mayPublish = Object.entries(jobs).filter(([, { permissions }]) => permissions?.['id-token']);
    assert.deepEqual(
      mayPublish.map(([name]) => name),
      ['publish'],
    );
    const { permissions, steps: last } = jobs['publish'] ?? assert.fail('no job publishes');
    assert.deepEqual(permissions, { 'id-token': 'write' });
    assert.deepEqual(
      last.map(({ uses, run: command }) => uses ?? command),
      [
        'actions/download-artifact@v4',
        'actions/setup-node@v4',
        'npm publish ./*.tgz --provenance --access public',
      ],
    );
  });
});
