import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { restoreBackup } from '../../src/app/restore.ts';
import { Fault } from '../../src/kernel/index.ts';
import { writeArchive } from '../../src/store/index.ts';
import { runSurety, startSurety, surety, type TestServer } from '../support/surety.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [{ match: /v1/**, wire: openai, models: { echo: echo } }] }
identity: { roles: { developer: { may: [call /v1/**] } } }
data: { subjects: { from: [header], header: surety-subject }, capture: { routes: { /v1/**: {} } } }
`;

describe('restoring', () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-restore-'));
  let server: TestServer;
  const at = (name: string) => join(folder, name);
  const backup = at('backup');
  const keyFile = at('auditors.key');
  let made = 0;
  const run = (...argv: string[]) => runSurety(argv, folder);
  const restore = (from: string, ...more: string[]) => {
    made += 1;
    const to = at(`to-${made}`);
    return run('restore', '--from', from, '--data', to, ...more).then((result) => ({ ...result, to }));
  };
  /** A copy of the backup with something done to it. */
  const altered = (change: (copy: string) => void): string => {
    made += 1;
    const copy = at(`altered-${made}`);
    cpSync(backup, copy, { recursive: true });
    change(copy);
    return copy;
  };
  const filesOf = (path: string) =>
    readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(path, name)).isFile(),
    );
  const left = () =>
    readdirSync(folder).filter((name) => name.startsWith('to-') || name.includes('.restoring'));

  before(async () => {
    server = await startSurety({ policy });
    const { key } = await server.createKey('developer');
    for (const subject of ['alice', 'bob'])
      await fetch(`${server.gate}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json', 'surety-subject': subject },
        body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'hi' }] }),
      });
    await server.waitForEntries(['--kind', 'call.finished'], ({ length }) => length === 2);
    assert.equal((await server.run('backup', '--out', backup)).code, 0);
    writeFileSync(keyFile, (await server.run('ledger', 'key')).out);
  });
  after(async () => {
    await server.dispose();
    rmSync(folder, { recursive: true });
  });

  it('refuses a backup of which any file was changed, cut, added or taken away, and leaves nothing', async () => {
    for (const name of filesOf(backup)) {
      for (const how of ['flipped', 'cut', 'removed']) {
        const from = altered((copy) => {
          const path = join(copy, name);
          const bytes = readFileSync(path);
          if (how === 'removed') rmSync(path);
          else if (how === 'cut') writeFileSync(path, bytes.subarray(0, bytes.length - 1));
          else writeFileSync(path, bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1));
        });
        // In this process: a command for each would take minutes.
        await assert.rejects(restoreBackup({ from, dataFolder: at('to-here') }), Fault, `${name} ${how}`);
        rmSync(from, { recursive: true });
      }
    }
    assert.deepEqual(left(), []);
  });

  it('takes plain files of a backup alone: no vault, no link, no stranger', async () => {
    writeFileSync(at('secret'), 'TOPSECRET');
    const wrong = [
      altered((copy) => {
        mkdirSync(join(copy, 'vault'));
        writeFileSync(join(copy, 'vault/master-1.key'), 'planted');
      }),
      altered((copy) => symlinkSync(at('secret'), join(copy, 'policies', `${'a'.repeat(64)}.yaml`))),
      altered((copy) => {
        rmSync(join(copy, 'keys/pseudonyms.key'));
        symlinkSync(join(backup, 'keys/pseudonyms.key'), join(copy, 'keys/pseudonyms.key'));
      }),
      altered((copy) => {
        rmSync(join(copy, 'keys'), { recursive: true });
        symlinkSync(join(backup, 'keys'), join(copy, 'keys'));
      }),
      altered((copy) => writeFileSync(join(copy, 'index.db'), '')),
      altered((copy) => writeFileSync(join(copy, 'format'), '2\n')),
      server.dataFolder,
    ];
    for (const from of wrong)
      await assert.rejects(restoreBackup({ from, dataFolder: at('to-here') }), Fault, from);
    assert.deepEqual(left(), []);
  });

  it('takes a backup without a manifest when told to, and still checks what it can', async () => {
    const bare = (change: (copy: string) => void) =>
      altered((copy) => {
        rmSync(join(copy, 'manifest'));
        change(copy);
      });
    assert.match((await restore(bare(() => {}))).err, /no manifest/);
    assert.equal(
      (
        await restore(
          bare(() => {}),
          '--without-manifest',
        )
      ).code,
      0,
    );
    rmSync(at(`to-${made}`), { recursive: true });
    const wrong = [
      bare((copy) =>
        writeFileSync(join(copy, 'store.db'), readFileSync(join(copy, 'store.db')).subarray(0, 12_288)),
      ),
      bare((copy) => writeFileSync(join(copy, 'keys/pseudonyms.key'), 'short\n')),
      bare((copy) => writeFileSync(join(copy, 'keys/ledger-1.pem'), 'none\n')),
      bare((copy) => rmSync(join(copy, 'keys/ledger-1.pem'))),
      bare((copy) =>
        writeFileSync(
          join(copy, 'policies', readdirSync(join(copy, 'policies'))[0] ?? ''),
          `${policy}system: { name: other }\n`,
        ),
      ),
    ];
    for (const from of wrong) {
      const taken = restoreBackup({ from, dataFolder: at('to-here'), withoutManifest: true });
      await assert.rejects(taken, Fault, from);
    }
    assert.deepEqual(left(), []);
  });

  it('is checked with the key named, and says so where the backup vouches for itself', async () => {
    const own = await restore(backup);
    assert.match(own.err, /vouches only for itself/);
    const named = await restore(backup, '--key', keyFile);
    assert.deepEqual([named.code, named.err], [0, '']);
    const other = await restore(
      backup,
      '--key',
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    );
    assert.equal(other.code, 2);
    for (const { to } of [own, named]) rmSync(to, { recursive: true });
  });

  it('takes an archive as well as a folder', async () => {
    const archive = at('backup.tar');
    writeFileSync(archive, Buffer.concat(await Array.fromAsync(writeArchive(backup))));
    const result = await restore(archive, '--key', keyFile);
    assert.equal(result.code, 0, result.err);
    assert.ok(!existsSync(join(result.to, 'manifest')));
    const bytes = readFileSync(archive);
    writeFileSync(archive, bytes.with(bytes.length - 5000, (bytes.at(-5000) ?? 0) ^ 1));
    assert.equal((await restore(archive)).code, 2);
    rmSync(result.to, { recursive: true });
    assert.deepEqual(left(), []);
  });

  it('takes no keys of a running server, whatever link leads to them, and none of another installation', async () => {
    symlinkSync(join(server.dataFolder, 'vault'), at('link-to-vault'));
    symlinkSync(server.dataFolder, at('link-to-data'));
    for (const from of [
      server.dataFolder,
      join(server.dataFolder, 'vault'),
      at('link-to-vault'),
      at('link-to-data'),
    ])
      assert.match(
        (await restore(backup, '--keys-from', from)).err,
        /Another process is using the data folder/,
        from,
      );
    const other = await startSurety({ policy });
    try {
      await other.stop();
      const foreign = await restore(backup, '--keys-from', other.dataFolder);
      assert.match(foreign.err, /another installation/);
    } finally {
      await other.restart();
      await other.dispose();
    }
    assert.deepEqual(left(), []);
  });

  it('that is killed leaves nothing of the name, or all of it', async () => {
    let whole = 0;
    let none = 0;
    const keys = (JSON.parse((await server.run('keys', 'list', '--json')).out) as unknown[]).length;
    for (let kill = 0; kill < 6 || whole === 0; kill++) {
      const to = at(`to-kill-${kill}`);
      const child = spawn(surety, ['restore', '--from', backup, '--data', to], { cwd: folder });
      const ended = once(child, 'exit');
      // Later each time, until one ends by itself.
      const timer = setTimeout(() => child.kill('SIGKILL'), 250 + kill * 300);
      await ended;
      clearTimeout(timer);
      if (existsSync(to)) {
        whole += 1;
        const listed = await run('keys', 'list', '--json', '--data', to);
        assert.equal(listed.code, 0, listed.err);
        assert.equal((JSON.parse(listed.out) as unknown[]).length, keys);
        assert.equal((await run('ledger', 'verify', '--data', to)).code, 0);
      } else none += 1;
      rmSync(to, { recursive: true, force: true });
    }
    assert.ok(none > 0 && whole > 0, `${none} none, ${whole} whole`);
    const again = await restore(backup);
    assert.equal(again.code, 0, again.err);
  });
});
