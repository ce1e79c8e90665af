import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runSurety, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity: { roles: { developer: { may: [call /v1/**] } } }
`;

describe('through the console port', () => {
  let server: TestServer;
  const files: Record<string, string> = {};
  const keys: Record<string, string> = {};
  const as = (role: string, ...argv: string[]) =>
    server.run(...argv, '--server', server.console, '--key-file', files[role] ?? '');
  const download = (path: string, role: string, input: object = {}) =>
    fetch(`${server.console}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys[role]}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
  const copies = () => {
    const folder = join(server.folder, 'data', 'downloads');
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  before(async () => {
    server = await startSurety({ policy });
    for (const role of ['operator', 'auditor', 'owner']) {
      const made = await server.run('operators', 'create', '--name', role, '--role', role, '--json');
      assert.equal(made.code, 0, made.err);
      const { key } = JSON.parse(made.out) as { key: string };
      keys[role] = key;
      files[role] = join(server.folder, `${role}.key`);
      writeFileSync(files[role] ?? '', key);
    }
    await server.createKey('developer');
  });
  after(() => server.dispose());

  it('a backup comes whole, can be restored, and is an entry', async () => {
    const out = join(server.folder, 'from-afar');
    const made = await as('owner', 'backup', '--out', out);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /from-afar holds \d+ bytes/);
    const restored = await runSurety(
      ['restore', '--from', out, '--data', join(server.folder, 'restored')],
      server.folder,
    );
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.out, /verified/);
    const [entry] = await server.entries('--kind', 'system.backed-up');
    assert.equal(entry?.detail?.['downloaded'], true);
    assert.match(entry?.actor ?? '', /^opr_/);
    await waitFor(async () => (copies().length === 0 ? true : undefined));
    assert.equal((await as('owner', 'backup', '--out', out)).code, 2, 'nothing is written over');
  });

  it('an export comes whole, proves itself, and is an entry', async () => {
    const out = join(server.folder, 'export.jsonl');
    const made = await as('auditor', 'ledger', 'export', '--out', out);
    assert.equal(made.code, 0, made.err);
    const key = (await server.run('ledger', 'key')).out.trim();
    const verified = await server.run('ledger', 'verify', '--export', out, '--key', key);
    assert.equal(verified.code, 0, verified.err);
    assert.equal(made.out.split(' ', 1)[0], String(readFileSync(out, 'utf8').trim().split('\n').length - 1));
    const printed = await as('auditor', 'ledger', 'export');
    assert.match(printed.out, /^\{"format":"surety-ledger-range-1"/);
    const [entry] = await server.entries('--kind', 'ledger.exported');
    assert.equal(entry?.detail?.['downloaded'], true);
    assert.ok(Number(entry?.detail?.['entries']) > 0);
  });

  it('a backup, which holds the signing keys, is for whoever may take it away, and not for all who may make one', async () => {
    for (const role of ['operator', 'auditor']) {
      const refused = await as(role, 'backup', '--out', join(server.folder, 'no'));
      assert.equal(refused.code, 2);
      assert.match(refused.err, /"download backups"/);
      assert.ok(!existsSync(join(server.folder, 'no')));
    }
    const refused = await as('operator', 'ledger', 'export');
    assert.match(refused.err, /"export ledger"/);
  });

  it('one backup is sent at a time, and a reader that goes away leaves nothing behind', async () => {
    const first = await download('/api/backup/download', 'owner');
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('content-type'), 'application/x-tar');
    assert.equal(first.headers.get('cache-control'), 'no-store');
    const reader = first.body?.getReader();
    assert.ok((await reader?.read())?.value?.length);
    assert.equal(copies().length, 1);
    const second = await download('/api/backup/download', 'owner');
    assert.equal(second.status, 409);
    await reader?.cancel();
    await waitFor(async () => (copies().length === 0 ? true : undefined));
    const third = await download('/api/backup/download', 'owner');
    assert.equal(third.status, 200);
    assert.ok((await third.arrayBuffer()).byteLength % 512 === 0);
  });

  it('what a second person must approve is not sent to one alone', async () => {
    writeFileSync(
      server.policyFile,
      policy.replace(
        'identity: {',
        'identity: { operators: { approval: { acts: ["export ledger", "download backups"] } },',
      ),
    );
    await waitFor(async () =>
      (await server.entries('--kind', 'policy.loaded')).length > 1 ? true : undefined,
    );
    for (const path of ['/api/backup/download', '/api/ledger/export/download']) {
      const answer = await download(
        path,
        'owner',
        path.includes('ledger') ? { since: '1d', until: '0s' } : {},
      );
      assert.equal(answer.status, 403);
      assert.match(await answer.text(), /second person/);
    }
    assert.deepEqual(copies(), []);
  });
});
