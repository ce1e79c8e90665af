import assert from 'node:assert/strict';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startService, type TestService } from '../support/service.ts';
import { startSurety, waitFor } from '../support/surety.ts';

describe('a ledger whose disk is full', () => {
  const mebibyte = 1024 * 1024;
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());
  const policy = (stop: string) => `
version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity: { roles: { developer: { may: [call /v1/**] } } }
record: { disk: { warn: ${stop}, stop: ${stop} } }
`;

  it('answers no call, names itself on both ports, and goes on when there is room again', async () => {
    const { bavail, bsize } = statfsSync(tmpdir());
    const server = await startSurety({
      policy: policy(`${Math.floor((bavail * bsize) / mebibyte) - 150} MiB`),
    });
    const filler = join(server.folder, 'filler');
    try {
      const { key } = await server.createKey('developer');
      const call = () =>
        fetch(`${server.gate}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'm', messages: [] }),
        });
      const answered = (status: number) =>
        waitFor(async () => {
          const answer = await call();
          if (answer.status === status) return answer;
          await answer.arrayBuffer();
          return undefined;
        });
      await answered(200);
      writeFileSync(filler, Buffer.alloc(300 * mebibyte, 1));
      const refused = await answered(503);
      assert.equal(
        refused.headers.get('surety-entry'),
        null,
        'an entry is named that cannot have been written',
      );
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
      assert.match(await refused.text(), /"code":"ledger.unavailable"/);
      assert.match(server.log(), /the disk of the ledger runs low/);
      const seen = service.seen.length;
      assert.equal((await call()).status, 503);
      assert.equal(service.seen.length, seen, 'a call that cannot be recorded reached the service');
      for (const port of [server.gate, server.console]) {
        const ready = await fetch(`${port}/readyz`);
        assert.equal(ready.status, 503);
        assert.match(await ready.text(), /"part":"ledger"/);
        assert.equal((await fetch(`${port}/livez`)).status, 200);
      }
      rmSync(filler);
      await answered(200);
      assert.equal((await server.run('ledger', 'verify')).code, 0);
    } finally {
      rmSync(filler, { force: true });
      await server.dispose();
    }
  });

  it('lets no server start, which says why', async () => {
    await assert.rejects(startSurety({ policy: policy('8000000 GiB') }), /ended with 2: surety: .*disk full/);
  });
});
