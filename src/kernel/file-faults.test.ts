import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asFault } from './faults.ts';

const failure = (code: string, syscall: string, path?: string): Error =>
  Object.assign(new Error(`${code}: it failed`), { code, syscall, ...(path !== undefined && { path }) });

test('a failed operation on a file says what failed, where, and what to do', () => {
  const table = [
    ['ENOSPC', 'disk.full', /space/],
    ['EDQUOT', 'disk.full', /space/],
    ['EIO', 'disk.failing', /dmesg/],
    ['EROFS', 'disk.read-only', /[Mm]ount/],
    ['EACCES', 'disk.forbidden', /chown/],
    ['EPERM', 'disk.forbidden', /chown/],
    ['EMFILE', 'files.too-many', /LimitNOFILE/],
    ['ENFILE', 'files.too-many', /LimitNOFILE/],
    ['ENOENT', 'files.missing', /TMPDIR/],
  ] as const;
  for (const syscall of ['open', 'write', 'fsync', 'fdatasync', 'mkdtemp', 'rename', 'ftruncate', 'copyfile'])
    for (const [code, expected, action] of table) {
      const fault = asFault(failure(code, syscall, '/var/lib/surety/vault/data-keys'));
      assert.equal(fault.code, expected, `${code} ${syscall}`);
      assert.match(fault.message, new RegExp(`vault/data-keys \\(${syscall}: ${code}\\)`));
      assert.doesNotMatch(fault.message, /var\/lib/, 'the whole path leaves the machine');
      assert.match(fault.action, action);
      assert.match(asFault(failure(code, syscall)).message, new RegExp(`${syscall}: ${code}`));
    }
});

test('a failure that is not of a file stays what it is', async () => {
  for (const syscall of ['connect', 'listen', 'bind', 'getaddrinfo', 'queryA'])
    assert.equal(asFault(failure('EACCES', syscall)).code, 'internal');
  assert.equal(asFault(failure('ECONNRESET', 'read')).code, 'internal');
  assert.equal(asFault(failure('constructor', 'open')).code, 'internal');
  assert.equal(asFault(new Error('x')).code, 'internal');
  const refused = await new Promise<Error>((resolve) => {
    connect('/nonesuch/socket').once('error', resolve);
  });
  assert.equal(asFault(refused).code, 'internal');
});

test('what the system itself throws is named', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-faults-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const thrownBy = (work: () => unknown): string => {
    try {
      work();
      return 'nothing';
    } catch (error) {
      return asFault(error).code;
    }
  };
  assert.equal(
    thrownBy(() => mkdtempSync(join(folder, 'none', 'x-'))),
    'files.missing',
  );
  assert.equal(
    thrownBy(() => readFileSync(join(folder, 'none'))),
    'files.missing',
  );
  assert.equal(
    thrownBy(() => closeSync(openSync('/dev/full', 'r'))),
    'nothing',
  );
});
