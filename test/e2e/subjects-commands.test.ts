import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runSurety, startSurety, type TestServer } from '../support/surety.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { echo: echo } } ] }
data: { capture: { routes: { /v1/**: {} } } }
`;
const name = 'jo-4711@example.com';
const note = 'her passport was shown at the desk';
const surety = fileURLToPath(new URL('../../bin/surety', import.meta.url));

/** Runs a command that is told something on standard input. */
async function runWith(input: string, argv: readonly string[], folder: string) {
  const child = spawn(surety, argv, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, out };
}

describe('the commands about data subjects', () => {
  let server: TestServer;
  let id: string;
  let erasure: string;
  let salt: string;
  const at = (file: string): string => join(server.folder, file);
  before(async () => {
    // The name and the note must stand nowhere: the server looks for them when it is disposed of.
    server = await startSurety({ policy, secrets: [name, note] });
  });
  after(() => server.dispose());

  it('open a case, whose time and articles are the law’s', async () => {
    const made = await server.run(
      'cases',
      'create',
      '--subject',
      name,
      '--kind',
      'deletion',
      '--law',
      'gdpr',
      '--received',
      '24h',
    );
    assert.equal(made.code, 0, made.err);
    assert.match(
      made.out,
      /^case_\w+ deletion \(gdpr, Art\. 17\) is open, due \d{4}-\d\d-\d\d \(Art\. 12\(3\)\)\n/,
    );
    assert.match(made.out, /identity not checked yet \(Art\. 12\(6\)\)/);
    id = /case_\w+/.exec(made.out)?.[0] ?? '';
    const listed = await server.run('cases', 'list');
    assert.match(listed.out, new RegExp(`${id} +deletion +gdpr +open`));
    for (const wrong of [
      ['cases', 'create', '--subject', name, '--kind', 'oblivion', '--law', 'gdpr'],
      ['cases', 'create', '--subject', ' ', '--kind', 'access', '--law', 'gdpr'],
      ['cases', 'extend', id, '--reason', 'it takes long'],
      ['cases', 'verify', id, '--how', 'guess'],
    ]) {
      const refused = await server.run(...wrong);
      assert.equal(refused.code, 2, wrong.join(' '));
      assert.ok(refused.err.length > 20);
    }
    const early = await server.run('subjects', 'erase', name, '--case', id);
    assert.equal(early.code, 2);
    assert.match(early.err, /Whose request this is was not checked yet/);
  });

  it('say what is held, by a name from standard input too, and that nothing is held of another', async () => {
    const verified = await server.run('cases', 'verify', id, '--how', 'document', '--note', note);
    assert.equal(verified.code, 0, verified.err);
    const access = await server.run('subjects', 'access', name);
    assert.match(access.out, /^subj_[\w-]{22} jo-4711@example\.com, known since/);
    assert.match(access.out, /\ncases +1 /);
    const piped = await runWith(
      `${name}\n`,
      ['subjects', 'access', '-', '--json', '--data', server.dataFolder],
      server.folder,
    );
    assert.equal((JSON.parse(piped.out) as { name: string }).name, name);
    const subject = /subj_[\w-]{22}/.exec(access.out)?.[0] ?? '';
    const entries = await server.waitForEntries(['--subject', subject], ({ length }) => length >= 2);
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['case.opened', 'case.verified'],
    );
    const nobody = await server.run('subjects', 'access', 'nobody@example.com');
    assert.equal(nobody.code, 1);
    const shown = await server.run('cases', 'show', id);
    assert.match(shown.out, new RegExp(`identity: ${note}`));
  });

  it('export everything as one JSON document, for its owner alone, over no other file', async () => {
    const made = await server.run('subjects', 'export', name, '--reason', 'support', '--out', at('jo.json'));
    assert.equal(made.code, 0, made.err);
    const read = JSON.parse(readFileSync(at('jo.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(Object.keys(read), ['format', 'exportedAt', 'subject', 'cases', 'captured', 'entries']);
    assert.equal((read['subject'] as { name: string }).name, name);
    assert.ok((read['entries'] as unknown[]).length >= 2);
    assert.equal(statSync(at('jo.json')).mode & 0o777, 0o600);
    const again = await server.run('subjects', 'export', name, '--reason', 'support', '--out', at('jo.json'));
    assert.equal(again.code, 2);
    const without = await server.run('subjects', 'export', name, '--out', at('none.json'));
    assert.equal(without.code, 2);
    assert.ok(!existsSync(at('none.json')), 'a part of an export is taken for the whole');
    const printed = await server.run('subjects', 'export', name, '--reason', 'support');
    assert.equal((JSON.parse(printed.out) as { format: string }).format, 'surety-subject-export-1');
  });

  it('refuse to erase under a hold, with the matter, and erase when it is released', async () => {
    const subject = /subj_[\w-]{22}/.exec((await server.run('subjects', 'access', name)).out)?.[0] ?? '';
    const placed = await server.run('retention', 'hold', subject, '--matter', 'LIT-2026-17');
    assert.equal(placed.code, 0, placed.err);
    const held = await server.run('subjects', 'erase', name, '--case', id);
    assert.equal(held.code, 2);
    assert.match(held.err, /held for the matter LIT-2026-17/);
    const hold = /hold_\w+/.exec(placed.out)?.[0] ?? '';
    assert.match((await server.run('retention', 'status')).out, new RegExp(`hold ${hold} over ${subject}`));
    assert.equal((await server.run('retention', 'release', hold)).code, 0);
    const erased = await server.run('subjects', 'erase', name, '--case', id, '--json');
    assert.equal(erased.code, 0, erased.err);
    ({ id: erasure, salt } = JSON.parse(erased.out) as { id: string; salt: string });
    assert.match(erasure, /^ers_/);
    assert.equal((await server.run('subjects', 'access', name)).code, 1);
    assert.match((await server.run('cases', 'show', id)).out, /is answered/);
    assert.match((await server.run('subjects', 'erasures')).out, new RegExp(erasure));
  });

  it('give a receipt that is checked offline, by name, and does not hold for another', async () => {
    const made = await server.run('subjects', 'receipt', erasure, '--salt', salt);
    assert.equal(made.code, 0, made.err);
    writeFileSync(at('receipt.json'), made.out);
    const { out: key } = await server.run('ledger', 'key');
    writeFileSync(at('auditors.key'), key);
    // Elsewhere: no server, no data folder.
    mkdirSync(at('elsewhere'));
    const verify = (...more: string[]) =>
      runSurety(
        ['subjects', 'receipt', '--verify', at('receipt.json'), '--key', at('auditors.key'), ...more],
        at('elsewhere'),
      );
    const held = await verify('--subject', name);
    assert.equal(held.code, 0, held.err);
    assert.match(
      held.out,
      new RegExp(`^verified: erasure ${erasure} at .*, of this subject, entry \\d+ of a ledger of \\d+\n$`),
    );
    const other = await verify('--subject', 'somebody@example.com');
    assert.equal(other.code, 1);
    assert.match(other.err, /not the erasure of this name/);
    writeFileSync(at('receipt.json'), made.out.replace('"subj_', '"subj_x'));
    assert.equal((await verify()).code, 1);
    writeFileSync(at('receipt.json'), '{');
    assert.equal((await verify()).code, 2);
    assert.equal((await server.run('ledger', 'verify')).code, 0);
  });

  it('show and sweep what is kept, list what is captured, and rotate the master key', async () => {
    const status = await server.run('retention', 'status', '--json');
    assert.equal(status.code, 0, status.err);
    const dry = await server.run('retention', 'sweep', '--dry-run');
    assert.match(dry.out, /CLASS +WOULD GO/);
    const wrong = await server.run('retention', 'sweep', '--only', 'nothing');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /captured, cases/);
    assert.equal((await server.run('captured', 'list')).code, 0);
    assert.equal((await server.run('captured', 'read', 'nothing', '--reason', 'support')).code, 1);
    const rotated = await server.run('secrets', 'rotate');
    assert.match(rotated.out, /^master-2 of \S+ \(local\) wraps \d+ keys/);
    assert.match((await server.run('secrets', 'status')).out, /^master-2/);
    const metrics = await server.metrics();
    assert.match(metrics, /surety_retention_due\{class="captured"\} 0/);
    assert.match(metrics, /surety_cases_open 0/);
  });

  it('reveal what a pseudonym stands for, and destroy it', async () => {
    const key = await server.createKey('developer').catch(() => undefined);
    assert.equal(key, undefined, 'the policy has no roles');
    await fetch(`${server.gate}/v1/chat/completions`, { method: 'POST' });
    const [denied] = await server.waitForEntries(['--kind', 'call.denied'], ({ length }) => length > 0);
    const source = denied?.source ?? '';
    const revealed = await server.run('pseudonyms', 'reveal', source, '--reason', 'incident');
    assert.deepEqual([revealed.code, revealed.out], [0, '127.0.0.1\n'], revealed.err);
    assert.equal((await server.run('pseudonyms', 'reveal', source, '--reason', 'fun')).code, 2);
    const erased = await server.run('pseudonyms', 'erase', source);
    assert.equal(erased.code, 0, erased.err);
    assert.equal((await server.run('pseudonyms', 'reveal', source, '--reason', 'incident')).code, 1);
  });
});
