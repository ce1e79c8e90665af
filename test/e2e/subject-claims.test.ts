import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { startSurety, type TestServer } from '../support/surety.ts';
import { createSigningKey, goodClaims, keySetOf, signToken } from '../support/tokens.ts';

const issuer = 'https://login.example.com/realms/ai';
const employee = 'employee-canary-4711';
const signing = createSigningKey('ES256', 'one');

const policyOf = (keysFile: string): string => `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { echo: echo } } ] }
identity:
  tokens: [ { issuer: "${issuer}", audience: ai, keys: "file:${keysFile}", longest: 1h, roles: { always: [developer] } } ]
  roles: { developer: { may: [call /v1/**] } }
data: { subjects: { from: [claim], claim: employee, required: true } }
`;

const folder = mkdtempSync(join(tmpdir(), 'surety-claims-'));
let server: TestServer;
before(async () => {
  const keysFile = join(folder, 'keys.json');
  writeFileSync(keysFile, JSON.stringify(keySetOf(signing)));
  server = await startSurety({ policy: policyOf(keysFile), secrets: [employee] });
});
after(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true });
});

const call = (claims: object, user?: string): Promise<Response> =>
  fetch(`${server.gate}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${signToken(signing, { ...goodClaims(issuer), ...claims })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'x' }], user }),
  });

it('a call is about whom the claim of its token names, whatever the caller says elsewhere', async () => {
  assert.equal((await call({ employee }, 'somebody-else')).status, 200);
  const access = await server.run('subjects', 'access', employee);
  const subject = /subj_[\w-]{22}/.exec(access.out)?.[0] ?? '';
  const entries = await server.waitForEntries(['--subject', subject], ({ length }) => length >= 2);
  assert.ok(entries.length >= 2);
  const other = await server.run('subjects', 'access', 'somebody-else');
  assert.doesNotMatch(other.out, /subj_/);
});

it('a token without the claim, or with one that is no name, is refused where a subject is required', async () => {
  for (const [claims, code] of [
    [{}, 'subject.missing'],
    [{ employee: 5 }, 'subject.invalid'],
    [{ employee: 'a\u0000b' }, 'subject.invalid'],
  ] as const) {
    const answer = await call(claims, 'somebody-else');
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), new RegExp(code.replace('.', '\\.')));
  }
});
