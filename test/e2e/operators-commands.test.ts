import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSurety, type TestServer } from '../support/surety.ts';

const policy = `version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [{ match: /v1/**, wire: openai, models: { a: echo } }] }
identity:
  roles: { developer: { may: [call /v1/**], models: [a] } }
`;

interface Issued {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
}

describe('an owner who lost the only key', () => {
  it('is let in again on the machine by breaking the glass, or by disabling the operator first', async () => {
    const server = await startSurety({ policy });
    try {
      const create = () => server.run('operators', 'create', '--name', 'Ada', '--role', 'owner', '--json');
      const lost = JSON.parse((await create()).out) as Issued;
      for (const attempt of [await create(), await server.run('operators', 'issue-key', lost.id)]) {
        assert.equal(attempt.code, 1);
        assert.match(attempt.err, /--break-glass lockout/);
      }
      const issue = ['operators', 'issue-key', lost.id, '--break-glass', 'lockout', '--json'];
      const again = await server.run(...issue);
      assert.equal(again.code, 0, again.err);
      const file = join(server.folder, 'owner.key');
      writeFileSync(file, `${(JSON.parse(again.out) as Issued).key}\n`, { mode: 0o600 });
      const from = ['--server', server.console, '--key-file', file];
      assert.equal((await server.run('operators', 'list', ...from)).code, 0);
      assert.equal((await server.run('operators', 'disable', lost.id)).code, 0);
      const next = await create();
      assert.equal(next.code, 0, next.err);
    } finally {
      await server.dispose();
    }
  });
});

describe('the commands of operators', () => {
  let server: TestServer;
  let owner: Issued;
  let security: Issued;
  const secrets: string[] = [];
  /** A command as an operator from elsewhere: over the console port, with the key in a file. */
  const as = (operator: Issued, ...argv: string[]) => {
    const file = join(server.folder, `${operator.id}.key`);
    writeFileSync(file, `${operator.key}\n`, { mode: 0o600 });
    return server.run(...argv, '--server', server.console, '--key-file', file);
  };
  const made = (text: string): Issued => {
    const issued = JSON.parse(text) as Issued;
    secrets.push(issued.key);
    return issued;
  };
  const requestIn = (text: string): string => /req_\w+/.exec(text)?.[0] ?? '';

  before(async () => {
    server = await startSurety({ policy });
    const first = await server.run('operators', 'create', '--name', 'Ada', '--role', 'owner', '--json');
    assert.equal(first.code, 0, first.err);
    owner = made(first.out);
  });
  after(() => server.dispose());

  it('make another owner only with a second person, who is on the console port', async () => {
    const asked = await server.run('operators', 'create', '--name', 'Bob', '--role', 'security');
    assert.equal(asked.code, 1);
    const id = requestIn(asked.err);
    assert.match(
      (await as(owner, 'approvals', 'list')).out,
      new RegExp(`${id} +waiting +owner +create operators`),
    );
    const own = await server.run('approvals', 'approve', id);
    assert.equal(own.code, 2);
    assert.match(own.err, /Who asks cannot approve/);
    const approved = await as(owner, 'approvals', 'approve', id);
    assert.equal(approved.code, 0, approved.err);
    const collected = await server.run('approvals', 'collect', id, '--json');
    assert.equal(collected.code, 0, collected.err);
    security = made(collected.out);
    assert.equal((await server.run('approvals', 'collect', id)).code, 2);
  });

  it('refuse, withdraw and prune', async () => {
    const prune = () => as(owner, 'ledger', 'prune', '--older-than', '400d');
    const [one, two, three] = [(await prune()).err, (await prune()).err, (await prune()).err].map(requestIn);
    assert.equal((await as(security, 'approvals', 'refuse', one ?? '', '--reason', 'no')).code, 0);
    assert.equal((await as(owner, 'approvals', 'withdraw', two ?? '')).code, 0);
    assert.match((await as(security, 'approvals', 'approve', three ?? '')).out, /is done/);
    assert.match((await as(security, 'approvals', 'list')).err, /Nothing waits/);
    const broken = await as(owner, 'ledger', 'prune', '--older-than', '400d', '--break-glass', 'incident');
    assert.equal(broken.code, 0, broken.err);
    assert.match(server.log(), /break-glass: an operator acted alone where a second person is needed/);
    assert.match(await server.metrics(), /surety_break_glass_total\{reason="incident"\} 1/);
    assert.equal((await server.entries('--kind', 'access.break-glass')).length, 1);
  });

  it('change, disable and show, at once', async () => {
    const plain = made(
      (await as(security, 'operators', 'create', '--name', 'Cy', '--role', 'auditor', '--json')).out,
    );
    assert.equal((await as(plain, 'operators', 'list')).code, 0);
    assert.equal((await as(plain, 'operators', 'disable', owner.id)).code, 2);
    assert.match(
      (await as(security, 'operators', 'roles', plain.id, '--role', 'developer')).out,
      /roles developer/,
    );
    assert.match((await as(plain, 'operators', 'list')).err, /It needs "read operators"/);
    assert.equal((await as(security, 'operators', 'disable', plain.id)).code, 0);
    assert.match((await as(plain, 'operators', 'show', plain.id)).err, /not accepted/);
    assert.match((await as(security, 'operators', 'show', plain.id)).out, /disabled, signs in by key/);
    assert.equal((await as(security, 'operators', 'enable', plain.id)).code, 1);
  });

  it('explain access, with the line that decides and an exit code', async () => {
    const explain = (...argv: string[]) => server.run('access', 'explain', ...argv);
    const yes = await explain('developer', 'call /v1/chat/completions', '--model', 'a');
    assert.equal(yes.code, 0, yes.err);
    assert.match(
      yes.out,
      /^yes .*call \/v1\/\*\*[\s\S]*surety\.yaml:4:\d+ identity\.roles\.developer\.may\[0\]/,
    );
    const no = await explain('developer', 'call /v1/chat/completions', '--model', 'b');
    assert.deepEqual([no.code, no.out.slice(0, 2)], [1, 'no']);
    const key = await server.createKey('developer');
    assert.equal((await explain(key.id, 'call /v1/embeddings', '--model', 'a')).code, 0);
    assert.equal((await explain(key.id, 'revoke keys')).code, 1);
    assert.match((await explain(owner.id, 'prune ledger')).out, /^yes[\s\S]*built-in role owner/);
    assert.equal((await explain('owner', 'eat keys')).code, 2);
    assert.equal((await explain('nobody', 'revoke keys')).code, 1);
  });

  it('give no key away in the clear', async () => {
    const told = `${server.log()}${JSON.stringify(await server.entries())}${await server.metrics()}`;
    assert.equal(secrets.length, 3);
    for (const secret of secrets) assert.ok(!told.includes(secret));
    const refused = await server.run(
      'keys',
      'list',
      '--server',
      'http://console.example.com',
      '--key-file',
      'x',
    );
    assert.equal(refused.code, 2);
    assert.match(
      (await server.run('operators', 'list', '--server', 'http://console.example.com', '--key-file', 'x'))
        .err,
      /https URL/,
    );
  });
});
