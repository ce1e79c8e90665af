import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../kernel/index.ts';
import { readHeader, writeHeader } from './header.ts';
import { readArchive } from './read.ts';
import { writeArchive } from './write.ts';

const folder = mkdtempSync(join(tmpdir(), 'surety-archive-'));
after(() => rmSync(folder, { recursive: true }));
let made = 0;
const fresh = (): string => join(folder, String(made++));

async function* inPieces(whole: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < whole.length; from += bytes) yield whole.subarray(from, from + bytes);
}

async function archiveOf(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const from = fresh();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(from, name, '..'), { recursive: true });
    writeFileSync(join(from, name), content);
  }
  return Buffer.concat(await Array.fromAsync(writeArchive(from)));
}

const isUnusable = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'data.unusable';

describe('an archive of a folder', () => {
  const sizes = [0, 1, 511, 512, 513, 70_000];
  const files = Object.fromEntries(
    sizes.map((size, index) => [`ledger/journal/0000000${index}`, Buffer.alloc(size, size % 251)]),
  );

  it('gives the same files again, in whatever pieces it comes', async () => {
    const whole = await archiveOf(files);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (bytes) => {
        const into = fresh();
        assert.equal(
          await readArchive(inPieces(whole, bytes), into),
          sizes.reduce((a, b) => a + b),
        );
        for (const [name, content] of Object.entries(files))
          assert.ok(readFileSync(join(into, name)).equals(content), name);
      }),
      { numRuns: 20 },
    );
  });

  it('is read by tar', async () => {
    const file = fresh();
    writeFileSync(file, await archiveOf(files));
    const listed = execFileSync('tar', ['-tf', file], { encoding: 'utf8' });
    assert.deepEqual(listed.trim().split('\n').toSorted(), Object.keys(files).toSorted());
  });

  it('that stops before its end is refused, wherever that is', async () => {
    const whole = await archiveOf({ format: Buffer.alloc(700, 1) });
    for (const end of [0, 1, 511, 512, 1000, 1300, 1536, whole.length - 1])
      await assert.rejects(
        readArchive(inPieces(whole.subarray(0, end), 300), fresh()),
        isUnusable,
        String(end),
      );
  });

  it('cannot write outside the folder, over a file, or anything but plain files', async () => {
    const header = (change: (header: Buffer) => void): Buffer => {
      const block = writeHeader({ name: 'policy.yaml', bytes: 0 });
      change(block);
      block.fill(' ', 148, 156);
      const sum = block.reduce((total, byte) => total + byte, 0);
      block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
      return Buffer.concat([block, Buffer.alloc(1024)]);
    };
    const named = (name: string) => header((block) => void block.fill(0, 0, 100).write(name, 0, 'latin1'));
    const withSizes = (...texts: string[]) =>
      texts.map((text) => header((block) => void block.write(text, 124, 'latin1')));
    const plain = header(() => {});
    const filled = await archiveOf({ format: Buffer.from('1\n') });
    for (const whole of [plain, filled]) await readArchive(inPieces(whole, 512), fresh());
    const wrong = [
      ...['../out', '/out', 'a/../../out', 'a//b', '.', '..', 'a/.', 'a\\b', 'a\nb', 'é', ''].map(named),
      // Files of a data folder that are in no backup, and names that are nearly those of one.
      ...[
        'vault/data-keys',
        'vault/master-1.key',
        'lock',
        'index.db',
        'surety.sock',
        'keys',
        'keys/other.key',
      ].map(named),
      ...[
        'Store.db',
        'format/x',
        'ledger/tile/0/1',
        'ledger/journal/x',
        'policies/x.yaml',
        'keys/ledger-.pem',
      ].map(named),
      ...withSizes(
        '1.5        \0',
        '0000000000\0\0',
        '0x000000001\0',
        '-0000000001\0',
        '+0000000001\0',
        ' 0000000001\0',
        '            ',
      ),
      header((block) => {
        // A size in the large form that would fit into the small one.
        block.fill(0, 124, 136)[124] = 0x80;
      }),
      // After its end, between its files, or without any.
      ...[1, 512, 5000].map((more) => Buffer.concat([plain, Buffer.alloc(more)])),
      Buffer.concat([plain, Buffer.from('x')]),
      Buffer.concat([plain.subarray(0, 1024), Buffer.alloc(512, 1)]),
      Buffer.concat([filled.subarray(0, 1000), Buffer.from('x'), filled.subarray(1001)]),
      Buffer.alloc(1024),
      ...['1', '2', '5', 'L', 'x', '\0'].map((type) =>
        header((block) => void block.write(type, 156, 'latin1')),
      ),
      header((block) => void block.write('up/there', 345, 'latin1')),
      header((block) => void block.write('nonsense', 124, 'latin1')),
    ];
    for (const archive of wrong)
      await assert.rejects(readArchive(inPieces(archive, 512), fresh()), isUnusable);
    const twice = writeHeader({ name: 'format', bytes: 0 });
    await assert.rejects(
      readArchive(inPieces(Buffer.concat([twice, twice, Buffer.alloc(1024)]), 512), fresh()),
    );
    assert.ok(!existsSync(join(folder, 'out')) && !existsSync('/out'));
    const broken = writeHeader({ name: 'a', bytes: 0 });
    broken.write('b', 0, 'latin1');
    assert.throws(() => readHeader(broken), isUnusable);
  });

  it('holds files larger than eight gibibytes', () => {
    for (const bytes of [8 * 2 ** 30 - 1, 8 * 2 ** 30, 3 * 2 ** 40])
      assert.deepEqual(readHeader(writeHeader({ name: 'store.db', bytes })), { name: 'store.db', bytes });
  });
});

describe('an archive that was changed in one byte', () => {
  it('is refused, or has the same files with the same bytes but for the changed one', async () => {
    const content = { format: Buffer.from('1\n'), 'policy.yaml': Buffer.from('version: 1\n') };
    const whole = await archiveOf(content);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const into = fresh();
        const read = await readArchive(inPieces(changed, 700), into).then(
          () => true,
          (error: unknown) => {
            assert.ok(isUnusable(error), String(error));
            return false;
          },
        );
        if (!read) return;
        const same = Object.entries(content).filter(([name, bytes]) => {
          const found = readFileSync(join(into, name));
          assert.equal(found.length, bytes.length);
          return found.equals(bytes);
        });
        assert.ok(same.length >= 1);
      }),
      { numRuns: 400 },
    );
  });

  it('or made of anything ends in a refusal, and never in another error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
        await assert.rejects(readArchive(inPieces(Buffer.from(bytes), 500), fresh()), isUnusable);
      }),
      { numRuns: 200 },
    );
  });
});
