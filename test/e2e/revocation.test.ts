import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity: { roles: { developer: { may: [call /v1/**] } } }
`;

let server: TestServer;
before(async () => {
  server = await startSurety({ policy });
});
after(() => server.dispose());

it('a server measures by itself how long revocations take, and shows it', async () => {
  for (const kind of ['key', 'token', 'role', 'team', 'session']) {
    const seconds = await waitFor(async () => {
      const found = new RegExp(`^surety_revocation_seconds\\{kind="${kind}"\\} (\\S+)$`, 'm').exec(
        await server.metrics(),
      );
      return found?.[1];
    });
    assert.ok(Number(seconds) > 0, `${kind}: ${seconds}`);
  }
  const listed = await server.run('keys', 'list', '--json');
  assert.ok(!listed.out.includes('canary'), listed.out);
});
