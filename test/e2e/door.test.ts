import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sendJson, startService } from '../support/service.ts';
import { runSurety, startSurety } from '../support/surety.ts';

interface Problem {
  readonly code?: string;
  readonly type?: string;
  readonly error?: { readonly code?: string; readonly type?: string };
}

describe('a gate that is full', () => {
  it('says so in the form of the route, to each client in its own', async () => {
    const begun = Promise.withResolvers<ServerResponse>();
    const service = await startService((_request, response) => begun.resolve(response));
    const server = await startSurety({
      policy: `
version: 1
gate:
  bounds: { calls: 1 }
  upstreams:
    service: { url: ${service.url}, private: true }
    claude: { url: ${service.url}, private: true }
  routes:
    - { match: /v1/**, wire: openai, models: { m: service } }
    - { match: /anthropic/**, wire: anthropic, models: { m: claude } }
identity: { roles: { developer: { may: [call /v1/**] } } }
`,
    });
    try {
      const { key } = await server.createKey('developer');
      const call = (path: string) =>
        fetch(`${server.gate}${path}`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'm', messages: [] }),
        });
      const held = call('/v1/chat/completions');
      const response = await begun.promise;
      const refused = async (path: string) => {
        const answer = await call(path);
        assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'], path);
        return (await answer.json()) as Problem;
      };
      assert.equal((await refused('/v1/chat/completions')).error?.code, 'overloaded');
      const { type, error } = await refused('/anthropic/v1/messages?beta=true');
      assert.deepEqual([type, error?.type], ['error', 'overloaded_error']);
      assert.equal((await refused('/nowhere')).code, 'overloaded');
      sendJson(response, 200, {});
      assert.equal((await held).status, 200);
    } finally {
      await server.dispose();
      await service.close();
    }
  });
});

describe('a server that cannot start', () => {
  const start = async (policy: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-start-'));
    try {
      writeFileSync(join(folder, 'surety.yaml'), policy);
      return await runSurety(['up', '--gate', '127.0.0.1:0', '--console', '127.0.0.1:0'], folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('because of its policy names every problem on a line of its own, then what to do', async () => {
    const { code, out, err } = await start('version: 1\ngatee: {}\nidentity: { rols: {} }\n');
    assert.deepEqual([code, out], [2, '']);
    const lines = err.trimEnd().split('\n');
    assert.equal(lines[0], 'surety: The policy is not valid.');
    assert.match(lines[1] ?? '', /^ {2}\S*surety\.yaml:2:1 gatee: .*did you mean "gate"\?$/);
    assert.match(lines[2] ?? '', /^ {2}\S*surety\.yaml:3:13 identity\.rols: .*did you mean "roles"\?$/);
    assert.equal(lines.at(-1), 'Mend the policy at the named places.');
    assert.equal(lines.length, 4);
  });

  it('because of a ca that cannot be read names the upstream and the file', async () => {
    const { code, out, err } = await start(
      'version: 1\ngate: { upstreams: { inside: { url: "https://a.example", ca: /none/ca.pem } } }\n',
    );
    assert.deepEqual([code, out], [2, '']);
    assert.match(
      err,
      /^surety: The policy is not valid\. The ca of inside, \/none\/ca\.pem, cannot be read\. Mend the policy/m,
    );
  });
});
