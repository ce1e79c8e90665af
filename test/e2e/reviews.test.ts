import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { canaryPrompt, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const reason = 'reason-4471 of the reviewer';

const policy = `version: 1
gate:
  upstreams: { echo: { builtin: echo } }
  routes:
    - { match: /v1/**, name: chat, wire: openai, models: { small: echo, huge: echo, "*": echo } }
identity:
  reviews: { every: 90d, due: 14d, remind: 3d, dormant: 30d }
  roles:
    developer: { may: [call /v1/**], limits: { requests: 600/min } }
    intern: { may: [call /v1/chat/completions], models: [small] }
`;

interface Shown {
  readonly id: string;
  readonly proposal?: {
    readonly role: string;
    readonly yaml?: string;
    readonly wouldRefuse: readonly { calls: number }[];
  };
}

describe('surety reviews', () => {
  let server: TestServer;
  const keys: Record<string, { id: string; key: string }> = {};
  const call = async (name: string, model = 'small') => {
    const answer = await fetch(`${server.gate}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys[name]?.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: canaryPrompt }] }),
    });
    await answer.text();
    return answer.status;
  };
  const id = (name: string): string => keys[name]?.id ?? '';
  const ok = async (...argv: string[]) => {
    const { code, out, err } = await server.run('reviews', ...argv);
    assert.equal(code, 0, `${argv.join(' ')}: ${err}`);
    return out;
  };

  const decide = (review: string, name: string, ...how: string[]) =>
    ok('decide', review, id(name) || name, ...how, '--reason', reason);
  const narrowToShown = async (review: string) => {
    const hasty = await server.run(
      'reviews',
      'decide',
      review,
      id('narrowed'),
      '--narrow',
      '--role',
      'intern',
      '--reason',
      reason,
    );
    assert.equal(hasty.code, 2, 'narrowed without having been shown what that refuses');
    const shown = JSON.parse(await ok('show', review, id('narrowed'), '--role', 'intern', '--json')) as Shown;
    assert.deepEqual(
      shown.proposal?.wouldRefuse.map(({ calls }) => calls),
      [1],
    );
    const words = await ok('show', review, id('narrowed'), '--role', 'intern');
    assert.match(words, /of 2 recorded calls it would have refused 1/);
    assert.match(await decide(review, 'narrowed', '--narrow'), /carried out/);
    assert.equal(await call('narrowed', 'small'), 200);
    assert.equal(await call('narrowed', 'huge'), 403);
  };
  const narrowToProposed = async (review: string) => {
    const least = JSON.parse(await ok('show', review, id('proposed'), '--json')) as Shown;
    assert.deepEqual(least.proposal?.wouldRefuse, []);
    const waiting = await decide(review, 'proposed', '--narrow');
    assert.ok(waiting.includes(least.proposal?.yaml ?? 'none'), waiting);
    assert.equal((await server.run('reviews', 'close', review)).code, 2);
    const added = (least.proposal?.yaml ?? '').split('\n').slice(2).join('\n');
    writeFileSync(server.policyFile, `${readFileSync(server.policyFile, 'utf8')}${added}`);
    await waitFor(async () => (await call('proposed', 'huge')) === 403 || undefined);
    assert.equal(await call('proposed', 'small'), 200);
  };
  const closeForGood = async (review: string) => {
    const closed = JSON.parse(
      await waitFor(async () => {
        const { code, out } = await server.run('reviews', 'close', review, '--json');
        return code === 0 ? out : undefined;
      }),
    ) as { state: string; recordDigest: string };
    assert.equal(closed.state, 'closed');
    const entries = await server.entries();
    const last = entries.find(({ kind }) => kind === 'review.closed');
    assert.deepEqual(
      [
        last?.detail?.['kept'],
        last?.detail?.['narrowed'],
        last?.detail?.['revoked'],
        last?.detail?.['ended'],
      ],
      [2, 2, 1, 1],
    );
    assert.equal(last?.detail?.['digest'], closed.recordDigest);
    assert.ok(!JSON.stringify(entries).includes(reason));
    assert.equal(
      (await server.run('reviews', 'decide', review, id('kept'), '--revoke', '--reason', 'x')).code,
      2,
    );
    assert.match(await ok('list'), /closed/);
    assert.match(await server.metrics(), /surety_reviews_open 0/);
  };

  before(async () => {
    server = await startSurety({ policy });
    for (const name of ['kept', 'narrowed', 'proposed', 'revoked', 'raced'])
      keys[name] = await server.createKey('developer');
    // A name that moves a terminal's cursor is no name of a model.
    assert.equal(await call('kept', '\u001b[2Jlarge'), 400);
    assert.equal(await call('kept', 'large'), 200);
    assert.equal(await call('narrowed', 'small'), 200);
    assert.equal(await call('narrowed', 'huge'), 200);
    assert.equal(await call('proposed', 'small'), 200);
    assert.equal(await call('revoked'), 200);
  });
  after(() => server.dispose());

  it('take a review from its beginning to its end, while the policy is loaded and a key is revoked meanwhile', async () => {
    const review = JSON.parse(await ok('create', '--json')) as {
      id: string;
      principals: number;
      undecided: number;
    };
    // The key made at the first start is one of them.
    assert.equal(review.principals, 6);
    const first = JSON.parse((await server.run('keys', 'list', '--json')).out) as { id: string }[];
    const own = first.find(({ id: one }) => !Object.values(keys).some((key) => key.id === one))?.id ?? '';
    const table = await ok('show', review.id);
    assert.ok(!table.includes('\u001b'), 'a name reached the terminal as it was');
    assert.match(table, new RegExp(`${id('raced')}.*never-used|${id('raced')}`));
    const early = await server.run('reviews', 'close', review.id);
    assert.equal(early.code, 2);
    assert.match(early.err, /6 principals are undecided/);

    await decide(review.id, 'kept', '--keep');
    await decide(review.id, own, '--keep');
    await decide(review.id, 'revoked', '--revoke');
    assert.equal(await call('revoked'), 401, 'the key still works');
    await server.run('keys', 'revoke', id('raced'));

    await narrowToShown(review.id);
    await narrowToProposed(review.id);
    await closeForGood(review.id);
  });

  it('say what they could not do', async () => {
    assert.equal((await server.run('reviews', 'show', 'rev_none')).code, 1);
    assert.equal((await server.run('reviews', 'close', 'rev_none')).code, 1);
    assert.equal((await server.run('reviews', 'create', '--since', 'soon')).code, 2);
    const atOnce = await server.run('reviews', 'create', '--no-wait', '--json');
    assert.match(atOnce.out, /"state":"(gathering|open)"/);
    assert.equal((await server.run('reviews', 'decide', 'a', 'b', '--reason', 'x')).code, 2);
    assert.equal(
      (await server.run('reviews', 'decide', 'a', 'b', '--keep', '--revoke', '--reason', 'x')).code,
      2,
    );
    for (const command of ['create', 'show', 'decide', 'refresh', 'close'])
      assert.match((await server.run('reviews', command, '--help')).out, /Examples?:\n {2}surety reviews/);
  });
});
