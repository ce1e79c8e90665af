import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Entry } from '../../src/record/index.ts';
import { type CommandResult, runSurety, startSurety } from '../support/surety.ts';

describe('the command line', () => {
  let folder: string;
  const run = (...argv: string[]): Promise<CommandResult> => runSurety(argv, folder);
  const good = 'version: 1\nidentity: { roles: { developer: { may: [call /v1/**] } } }\n';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'surety-cli-'));
    writeFileSync(join(folder, 'good.yaml'), good);
    writeFileSync(join(folder, 'bad.yaml'), 'version: 1\ngatee: {}\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says in its exit code whether it did it, the answer is no, or it could not', async () => {
    const expected: readonly (readonly [number, ...string[]])[] = [
      [0, '--help'],
      [0, '--version'],
      [0, 'policy', 'check', 'good.yaml'],
      [1, 'policy', 'check', 'bad.yaml'],
      [1, 'policy', 'check', 'bad.yaml', '--json'],
      [0, 'policy', 'schema'],
      [0, 'policy', 'explain', 'good.yaml'],
      [1, 'policy', 'explain', 'bad.yaml'],
      [2, 'ledger', 'verify', '--data', 'none'],
      [2, 'keys', 'create', '--name', 'x', '--role', 'developer', '--policy', 'good.yaml'],
      [2, 'keys', 'create', '--name', 'x', '--role', 'nobody', '--expires', '1d', '--policy', 'good.yaml'],
      [
        2,
        'keys',
        'create',
        '--name',
        'x',
        '--role',
        'developer',
        '--expires',
        'soon',
        '--policy',
        'good.yaml',
      ],
      [0, 'keys', 'create', '--name', 'x', '--role', 'developer', '--expires', '1d', '--policy', 'good.yaml'],
      [0, 'keys', 'list'],
      [1, 'keys', 'revoke', 'key_none'],
      [1, 'keys', 'rotate', 'key_none'],
      [0, 'ledger', 'verify'],
      [0, 'ledger', 'search'],
      [2, 'ledger', 'search', '--outcome', 'nonsense'],
      [2, 'ledger', 'search', '--limit', 'many'],
      [1, 'ledger', 'show', '0199e2c4-7d5e-7000-8000-0123456789ab'],
      [0, 'ledger', 'key'],
      [0, 'init', '--data', 'fresh'],
      [2, 'init', '--data', 'fresh'],
      [2, 'up', '--policy', 'bad.yaml', '--data', 'other'],
      [2, 'up', '--policy', 'good.yaml', '--data', 'other', '--gate', '0.0.0.0:0'],
      [2, 'up', '--policy', 'good.yaml', '--data', 'other', '--gate', 'nonsense'],
      [2, 'nonsense'],
    ];
    for (const [code, ...argv] of expected) {
      const result = await run(...argv);
      assert.equal(result.code, code, `surety ${argv.join(' ')}\n${result.out}${result.err}`);
      assert.ok(!`${result.out}${result.err}`.includes('\x1b['), 'colours where there is no terminal');
      assert.ok(!/\n\s+at .*:\d+:\d+/.test(result.err), 'a stack trace');
      if (code === 2) assert.notEqual(result.err, '');
    }
  });

  it('shows examples in its help', async () => {
    for (const argv of [
      ['up'],
      ['init'],
      ['policy', 'check'],
      ['keys', 'create'],
      ['keys', 'rotate'],
      ['ledger', 'verify'],
      ['ledger', 'search'],
      ['ledger', 'show'],
    ]) {
      const { out, code } = await run(...argv, '--help');
      assert.equal(code, 0);
      assert.match(out, /Examples?:\n {2}surety /, argv.join(' '));
    }
  });

  for (const running of [false, true]) {
    it(`answers programs in JSON ${running ? 'through a running server' : 'without a server'}`, async () => {
      const server = running ? await startSurety({ policy: good }) : undefined;
      const data = server?.dataFolder ?? join(folder, 'alone');
      const ask = (...argv: string[]) => run(...argv, '--data', data, '--json');
      try {
        const made = await ask(
          'keys',
          'create',
          '--name',
          'x',
          '--role',
          'developer',
          '--expires',
          '1d',
          ...(running ? [] : ['--policy', 'good.yaml']),
        );
        assert.equal(made.code, 0, made.err);
        const issued = JSON.parse(made.out) as Record<string, string>;
        assert.deepEqual(Object.keys(issued), ['id', 'key', 'role', 'expiresAt']);
        assert.match(issued['key'] ?? '', /^sty_[0-9A-Za-z]+$/);
        assert.ok(Date.parse(issued['expiresAt'] ?? '') > Date.now());
        const listed = await ask('keys', 'list');
        assert.ok(!listed.out.includes(issued['key'] ?? ''), 'the key is shown a second time');
        const lines = (await ask('ledger', 'search', '--oldest')).out.trimEnd().split('\n');
        const entries = lines.map((line) => JSON.parse(line) as Entry);
        assert.ok(entries.some(({ kind, target }) => kind === 'key.created' && target === issued['id']));
        assert.ok(!lines.join('').includes(issued['key'] ?? ''));
        const proven = JSON.parse((await ask('ledger', 'show', entries[0]?.id ?? '', '--proof')).out) as {
          proof: { hashes: string[] };
        };
        assert.ok(Array.isArray(proven.proof.hashes));
        const verified = JSON.parse((await ask('ledger', 'verify')).out) as Record<string, unknown>;
        assert.deepEqual([verified['ok'], verified['problems']], [true, []]);
        assert.ok(Number(verified['size']) >= entries.length);
        assert.match(String(verified['rootHash']), /^[A-Za-z0-9+/]{43}=$/);
      } finally {
        await server?.dispose();
      }
    });
  }

  it('answers no where the ledger was tampered with', async () => {
    const data = join(folder, 'data');
    const journal = readdirSync(join(data, 'ledger'), { recursive: true, encoding: 'utf8' }).find(
      (name) => /entries/.test(name) && statSync(join(data, 'ledger', name)).isFile(),
    );
    assert.ok(journal, 'there is no bundle of entries');
    const file = join(data, 'ledger', journal);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { code, out } = await run('ledger', 'verify', '--json');
    assert.equal(code, 1, out);
    assert.equal((JSON.parse(out) as { ok: boolean }).ok, false);
  });
});
