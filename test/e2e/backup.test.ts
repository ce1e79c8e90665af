import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { canaryPrompt, type IssuedKey, runSurety, startSurety, type TestServer } from '../support/surety.ts';

const policy = `
version: 1
gate:
  upstreams: { echo: { builtin: echo } }
  routes: [{ match: /v1/**, wire: openai, models: { echo: echo } }]
identity: { roles: { developer: { may: [call /v1/**], models: [echo] } } }
`;

const call = (server: TestServer, { key }: IssuedKey) =>
  fetch(`${server.gate}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: canaryPrompt }] }),
  });

/** Calls one after the other until it is stopped; gives how many were answered. */
function keepCalling(server: TestServer, key: IssuedKey) {
  let going = true;
  const done = (async () => {
    let answered = 0;
    while (going) {
      const answer = await call(server, key);
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
      answered += 1;
    }
    return answered;
  })();
  return async () => {
    going = false;
    return done;
  };
}

describe('a backup', () => {
  let server: TestServer;
  let active: IssuedKey;
  let revoked: IssuedKey;
  let backup: string;
  const at = (name: string) => join(server.folder, name);
  const run = (...argv: string[]) => runSurety(argv, server.folder);
  const filesOf = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => join(folder, name));

  before(async () => {
    server = await startSurety({ policy });
    active = await server.createKey('developer');
    revoked = await server.createKey('developer');
    assert.equal((await call(server, revoked)).status, 200);
    assert.equal((await server.run('keys', 'revoke', revoked.id)).code, 0);
    backup = at('backup');
  });
  after(() => server.dispose());

  it('of a server under load is whole, and the server goes on', async () => {
    const stops = [1, 2, 3, 4].map(() => keepCalling(server, active));
    const made = await server.run('backup', '--out', backup, '--json');
    const answered = await Promise.all(stops.map((stop) => stop()));
    assert.equal(made.code, 0, made.err);
    const { folder, entries } = JSON.parse(made.out) as { folder: string; entries: number };
    assert.equal(folder, backup);
    assert.ok(entries > 4 && answered.every((count) => count > 0));
    const verified = await run('ledger', 'verify', '--folder', join(backup, 'ledger'), '--json');
    assert.deepEqual(
      [verified.code, (JSON.parse(verified.out) as { size: number }).size],
      [0, entries],
      verified.out,
    );
    assert.ok(!readdirSync(server.folder).some((name) => name.includes('.partial')));
    assert.equal(
      (await server.waitForEntries(['--kind', 'system.backed-up'], ({ length }) => length === 1)).length,
      1,
    );
  });

  it('is for its owner alone, and holds no key, no prompt, no lock and no socket', () => {
    assert.equal(statSync(backup).mode & 0o777, 0o700);
    for (const file of filesOf(backup)) {
      assert.equal(statSync(file).mode & 0o077, 0, file);
      const text = readFileSync(file, 'latin1');
      for (const secret of [active.key, revoked.key, canaryPrompt]) assert.ok(!text.includes(secret), file);
    }
    const names = readdirSync(backup);
    for (const name of ['lock', 'surety.sock']) assert.ok(!names.includes(name), name);
    assert.equal(readFileSync(join(backup, 'policy.yaml'), 'utf8'), policy);
  });

  it('is never written over something', async () => {
    const kept = readFileSync(join(backup, 'ledger', 'checkpoint'), 'utf8');
    for (const out of [backup, server.policyFile]) {
      const made = await server.run('backup', '--out', out);
      assert.equal(made.code, 2);
      assert.match(made.err, /exists already; name a folder that does not/);
    }
    assert.equal(readFileSync(join(backup, 'ledger', 'checkpoint'), 'utf8'), kept);
  });

  it('restored lets a key work, and a revoked key stay revoked', async () => {
    const restored = await startSurety({
      policy,
      secrets: [active.key, revoked.key],
      async prepare(dataFolder) {
        const made = await run('restore', '--from', backup, '--data', dataFolder);
        assert.equal(made.code, 0, made.err);
        assert.match(made.out, /is restored: \d+ entries, verified\./);
      },
    });
    try {
      assert.equal((await call(restored, active)).status, 200);
      const refused = await call(restored, revoked);
      assert.equal(refused.status, 401);
      assert.match(await refused.text(), /credential\.revoked/);
      const kinds = new Set((await restored.entries()).map(({ kind }) => kind));
      for (const kind of ['key.revoked', 'call.decided', 'system.restored']) assert.ok(kinds.has(kind), kind);
      assert.equal((await restored.run('ledger', 'verify')).code, 0);
    } finally {
      await restored.dispose();
    }
  });

  it('is not restored over a folder with something in it', async () => {
    mkdirSync(at('full'));
    writeFileSync(join(at('full'), 'mine'), 'x');
    const made = await run('restore', '--from', backup, '--data', at('full'));
    assert.equal(made.code, 2);
    assert.match(made.err, /is not empty, and nothing is written over/);
    assert.deepEqual(readdirSync(at('full')), ['mine']);
  });

  it('whose ledger was altered, or that is none, is not restored', async () => {
    const alter = (name: string, change: (file: Buffer) => Buffer) => {
      const copy = at(`altered-${name}`);
      cpSync(backup, copy, { recursive: true });
      const file = filesOf(join(copy, 'ledger')).find((path) => path.includes(name));
      assert.ok(file, `there is no file of the name ${name}`);
      writeFileSync(file, change(readFileSync(file)));
      return copy;
    };
    const flip = (bytes: Buffer): Buffer => {
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      return bytes;
    };
    const altered = [alter('entries', flip), alter('checkpoint', flip), alter('verifier-keys', flip)];
    for (const from of altered) {
      const made = await run('restore', '--from', from, '--data', at('target'));
      assert.equal(made.code, 2, from);
      assert.match(made.err, /does not verify/);
      assert.ok(!existsSync(at('target')), 'something was restored');
    }
    mkdirSync(at('empty'));
    const made = await run('restore', '--from', at('empty'), '--data', at('target'));
    assert.equal(made.code, 2);
    assert.match(made.err, /is not a backup/);
    rmSync(at('empty'), { recursive: true });
  });
});
