import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createManualClock, type ManualClock } from '../../../../test/support/clock.ts';
import { type IdentityProvider, startIdentityProvider } from '../../../../test/support/identity-provider.ts';
import { silentLog } from '../../../kernel/index.ts';
import { openStore, type Store } from '../../../store/index.ts';
import { compileIdentity } from '../key-policy.ts';
import { identitySection } from '../policy-section.ts';
import { createIssuers, type Issuers } from './issuers.ts';
import { createWithdrawn } from '../withdrawals/withdrawn.ts';
import { createRevokedTokens } from './revoked-tokens.ts';
import { createTokens, type Tokens } from './tokens.ts';

describe('tokens of a real OpenID provider', () => {
  let provider: IdentityProvider;
  let clock: ManualClock;
  let issuers: Issuers;
  let store: Store;
  const folder = mkdtempSync(join(tmpdir(), 'surety-issuers-'));
  let tokens: Tokens;
  before(async () => {
    provider = await startIdentityProvider();
    clock = createManualClock(Date.now());
    const policy = compileIdentity(
      identitySection.schema.parse({
        tokens: [
          {
            issuer: provider.issuer,
            audience: 'ai',
            private: true,
            keep: '10m',
            roles: { claim: 'groups', map: { 'ai-developers': 'developer' } },
            team: 'department',
          },
        ],
        teams: { research: {} },
        roles: { developer: { may: ['call /v1/**'] } },
      }),
    );
    store = await openStore({ file: join(folder, 'store.db'), log: silentLog });
    issuers = createIssuers({ store, clock, log: silentLog, baseFolder: '/' });
    issuers.prepare(policy.tokens).swap();
    tokens = createTokens({
      issuers,
      revoked: createRevokedTokens([]),
      withdrawn: createWithdrawn([]),
      clock,
      policy,
      person: (name) => name,
    });
  });
  after(async () => {
    await issuers.close();
    await store.close();
    rmSync(folder, { recursive: true });
    await provider.stop();
  });

  const outcome = async (token: string): Promise<string> => {
    const known = tokens.recall(token)?.identification ?? (await tokens.verify(token, token));
    return known.ok
      ? `${known.principal.roles.join()} of ${known.principal.team}`
      : (known.reason ?? known.code);
  };
  const accepted = 'developer of research';

  it('are accepted by what discovery says', async () => {
    assert.equal(await outcome(await provider.issueToken()), accepted);
  });

  it('are accepted after a rotation of its keys, and the old key is not', async () => {
    const old = await provider.issueToken();
    assert.equal(await outcome(old), accepted);
    provider.rotate();
    const fresh = await provider.issueToken();
    assert.equal(await outcome(fresh), 'token.key-unknown', 'asked again within the pause');
    clock.advance(30_000);
    assert.equal(await outcome(fresh), accepted);
    assert.equal(await outcome(old), 'token.key-unknown');
  });

  it('are accepted through an outage of the issuer for as long as its keys are kept', async () => {
    const known = await provider.issueToken();
    const unseen = await provider.issueToken();
    assert.equal(await outcome(known), accepted);
    await provider.stop();
    clock.advance(300_000);
    assert.equal(await outcome(known), accepted);
    clock.advance(280_000);
    assert.equal(await outcome(unseen), accepted);
    clock.advance(30_000);
    assert.equal(await outcome(known), 'token.keys-stale');
    await provider.start();
    clock.advance(5_000);
    assert.match(await outcome(known), /developer of research|token\.expired/);
  });
});
