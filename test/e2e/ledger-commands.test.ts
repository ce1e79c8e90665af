import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Entry } from '../../src/record/index.ts';
import { runSurety } from '../support/surety.ts';

describe('the commands of the ledger', () => {
  let folder: string;
  let key: string;
  const run = (...argv: string[]) => runSurety(argv, folder);
  const createKey = () => run('keys', 'create', '--name', 'x', '--role', 'developer', '--expires', '1d');
  const at = (name: string) => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'surety-ledger-'));
    assert.equal((await run('init')).code, 0);
    assert.equal((await createKey()).code, 0);
    copyFileSync(at('data/ledger/checkpoint'), at('kept.checkpoint'));
    cpSync(at('data'), at('rolled-back'), { recursive: true });
    assert.equal((await createKey()).code, 0);
    copyFileSync(at('data/ledger/checkpoint'), at('later.checkpoint'));
    key = (await run('ledger', 'key')).out.trim();
  });
  after(() => rmSync(folder, { recursive: true }));

  it('init writes a policy to begin with and a data folder for its owner alone', async () => {
    const starter = readFileSync(new URL('../../policies/starter.yaml', import.meta.url), 'utf8');
    assert.equal(readFileSync(at('surety.yaml'), 'utf8'), starter);
    assert.equal(statSync(at('data')).mode & 0o777, 0o700);
    assert.equal((await run('policy', 'check', 'surety.yaml')).code, 0);
    writeFileSync(at('surety.yaml'), `${starter}\n# mine\n`);
    const again = await run('init', '--data', 'data');
    assert.equal(again.code, 2);
    assert.match(again.err, /surety\.yaml exists already and is left as it is/);
    assert.match(readFileSync(at('surety.yaml'), 'utf8'), /# mine/);
    const other = await run('init', '--policy', 'other.yaml', '--data', 'other', '--json');
    assert.deepEqual(JSON.parse(other.out), { policy: 'other.yaml', data: 'other' });
    assert.equal(readFileSync(at('other/policy.yaml'), 'utf8'), starter);
  });

  describe('export', () => {
    it('writes entries with their proofs to a new file, which verifies by itself', async () => {
      const made = await run('ledger', 'export', '--out', 'all.jsonl', '--json');
      assert.equal(made.code, 0, made.err);
      const { entries, file } = JSON.parse(made.out) as { entries: number; file: string };
      assert.deepEqual([entries > 1, file], [true, at('all.jsonl')]);
      assert.equal(readFileSync(at('all.jsonl'), 'utf8').trimEnd().split('\n').length, entries + 1);
      assert.equal(statSync(at('all.jsonl')).mode & 0o777, 0o600);
      const verified = await run('ledger', 'verify', '--export', 'all.jsonl', '--key', key);
      assert.equal(verified.code, 0, verified.err);
      assert.match(
        verified.out,
        new RegExp(`^verified: entries 0 to ${entries - 1} of a ledger of \\d+\\n$`),
      );
    });

    it('writes nothing over a file that exists', async () => {
      const kept = readFileSync(at('all.jsonl'), 'utf8');
      const made = await run('ledger', 'export', '--out', 'all.jsonl');
      assert.deepEqual([made.code, readFileSync(at('all.jsonl'), 'utf8')], [2, kept]);
      assert.match(made.err, /exists already/);
    });

    it('goes to standard output, nothing but the lines, and leaves no file behind', async () => {
      const others = readdirSync(tmpdir()).filter((name) => name.startsWith('surety-export-'));
      const made = await run('ledger', 'export', '--since', '1h');
      assert.equal(made.code, 0, made.err);
      writeFileSync(at('piped.jsonl'), made.out);
      assert.equal((await run('ledger', 'verify', '--export', 'piped.jsonl', '--key', key)).code, 0);
      const left = readdirSync(tmpdir()).filter((name) => name.startsWith('surety-export-'));
      assert.deepEqual(left, others);
    });

    it('that was altered, cut, or signed by another does not verify', async () => {
      const lines = readFileSync(at('all.jsonl'), 'utf8').trimEnd().split('\n');
      const [head = '', first = '', ...rest] = lines;
      const altered = {
        changed: [head, first.replace('"outcome":"', '"outcome":"x'), ...rest],
        cut: lines.slice(0, -1),
        empty: [],
      };
      for (const [name, text] of Object.entries(altered)) {
        writeFileSync(at('altered.jsonl'), text.map((line) => `${line}\n`).join(''));
        const { code, out } = await run('ledger', 'verify', '--export', 'altered.jsonl', '--key', key);
        assert.deepEqual([code, out], [1, ''], name);
      }
      const other = (await run('ledger', 'key', '--data', 'other')).out.trim();
      assert.notEqual(other, key);
      const { code, err } = await run('ledger', 'verify', '--export', 'all.jsonl', '--key', other);
      assert.equal(code, 1);
      assert.match(err, /cannot be trusted: no known key has signed it/);
    });
  });

  it('show checks the proof it prints', async () => {
    const [line = ''] = (await run('ledger', 'search', '--kind', 'key.created', '--json')).out.split('\n');
    const { id } = JSON.parse(line) as Entry;
    const shown = await run('ledger', 'show', id, '--proof', '--key', key);
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.err, /^proof verified: entry \d+ of a ledger of \d+, under a signed checkpoint\.\n$/);
    assert.equal((JSON.parse(shown.out) as { entry: Entry }).entry.id, id);
    const machine = await run('ledger', 'show', id, '--proof', '--json');
    assert.equal((JSON.parse(machine.out) as { proofVerified: boolean }).proofVerified, true);
    const other = (await run('ledger', 'key', '--data', 'other')).out.trim();
    const refused = await run('ledger', 'show', id, '--proof', '--key', other);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /The proof does not hold/);
  });

  it('compare proves that a checkpoint kept from earlier is the beginning of the ledger', async () => {
    const compared = await run('ledger', 'compare', 'kept.checkpoint', '--key', key);
    assert.equal(compared.code, 0, compared.err);
    assert.match(
      compared.out,
      /^consistent: the \d+ entries of kept\.checkpoint are the beginning of the ledger of \d+\n$/,
    );
    const kept = readFileSync(at('kept.checkpoint'), 'utf8');
    writeFileSync(
      at('forged.checkpoint'),
      kept.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`),
    );
    const forged = await run('ledger', 'compare', 'forged.checkpoint', '--key', key);
    assert.equal(forged.code, 1);
    assert.match(forged.err, /cannot be trusted/);
  });

  it('compare finds a ledger that was rolled back, or begun anew', async () => {
    for (const data of ['rolled-back', 'other']) {
      const compared = await run('ledger', 'compare', 'later.checkpoint', '--key', key, '--data', data);
      assert.equal(compared.code, 1, compared.out);
      assert.match(compared.err, /does not begin with the \d+ entries of later\.checkpoint/);
    }
  });
});
