import assert from '../support/assert.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readVariable } from '../../proxy/node/config.ts';
import { onlyMistakeOf, settingsOf } from '../support/environment.ts';

const sessionSecret = 'q'.repeat(32);

describe('readSettings with files', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'kelviq-onboarding-'))));
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('reads a value and leaves out its line end', () => {
    const path = file('key', 'kvqp_from_file\r\n');
    const settings = settingsOf({ KELVIQ_PARTNER_KEY: undefined, KELVIQ_PARTNER_KEY_FILE: path });
    assert.equal(settings.partnerKey.reveal(), 'kvqp_from_file');
  });

  it('takes origins one a line', () => {
    const path = file('origins', 'https://a.example\nhttps://b.example\n');
    const settings = settingsOf({ ALLOWED_ORIGINS: undefined, ALLOWED_ORIGINS_FILE: path });
    assert.deepEqual(settings.allowedOrigins, ['https://a.example', 'https://b.example']);
  });

  it('refuses a variable set both ways', () => {
    assert.equal(
      onlyMistakeOf({ PORT: '1', PORT_FILE: file('port', '2') }),
      'PORT and PORT_FILE are both set; keep one.',
    );
  });

  it('refuses a file that is not there', () => {
    assert.equal(
      onlyMistakeOf({ PORT_FILE: join(folder, 'none') }),
      'PORT_FILE names a file that cannot be read (ENOENT).',
    );
  });

  it('refuses bytes that are no text', () => {
    assert.match(
      onlyMistakeOf({ SESSION_SECRET_FILE: file('bytes', new Uint8Array(40).fill(0xe9)) }),
      /^SESSION_SECRET holds bytes that are no text\./,
    );
  });

  it('refuses an empty file', () => {
    assert.equal(
      onlyMistakeOf({ SESSION_SECRET_FILE: file('empty', '\n') }),
      'SESSION_SECRET_FILE names an empty file.',
    );
  });
});

describe('readVariable', () => {
  for (const [name, value] of [
    ['SESSION_SECRET', `"${sessionSecret}"`],
    ['KELVIQ_ENV', "'sandbox'"],
  ] as const)
    it(`refuses quotes around ${name}`, () => {
      assert.equal(
        onlyMistakeOf({ [name]: value }),
        `${name} stands in quotes, which would be part of it; leave them out.`,
      );
    });

  it('reads one setting without the others', () => {
    const reading = readVariable({ SESSION_SECRET: sessionSecret }, 'SESSION_SECRET');
    assert.ok(reading.ok);
    assert.equal(reading.value?.[0]?.reveal(), sessionSecret);
  });
});
