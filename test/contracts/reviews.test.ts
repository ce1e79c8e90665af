import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OtherPrincipals } from '../../src/enforce/identity/index.ts';
import { create, day, describeKeys, isFault, outcome, type Process } from './key-process.ts';
import { compile, developer, intern, startReviews } from './review-process.ts';

const reason = 'as agreed with its owner';

describeKeys('access reviews', (current) => {
  const start = async (more: Parameters<typeof startReviews>[2] = {}) => {
    const { running, store } = current();
    return { running, store, ...(await startReviews(running, store, more)) };
  };

  test('show what each principal was granted and did, with flags', async () => {
    const house = await start();
    const used = await create(house.running.opened, { owner: 'Ada Lovelace', expiresInMs: 90 * day });
    const unused = await create(house.running.opened, { expiresInMs: 90 * day });
    house.running.clock.advance(31 * day);
    for (let network = 0; network < 10; network++)
      house.record({
        actor: used.record.id,
        detail: {
          route: 'chat',
          operation: 'chat.completions',
          model: 'small',
          role: 'developer',
          network: `net_${network}`,
        },
      });
    house.record({
      actor: 'person_1',
      detail: { route: 'chat', operation: 'models.list', roles: ['other', 'intern'], role: 'intern' },
    });
    house.running.clock.advance(day);
    const review = await house.begin();
    assert.deepEqual([review.state, review.principals, review.undecided], ['open', 3, 3]);
    const [first, second, token] = [used.record.id, unused.record.id, 'person_1'];
    const all = new Map((await house.reviews.principals(review.id)).map((one) => [one.id, one]));
    const of = (id: string) => all.get(id)?.snapshot;
    assert.equal(of(first)?.use.calls, 10);
    assert.equal(of(first)?.use.networks, 10);
    assert.deepEqual(of(first)?.flags, ['wildcard', 'many-networks']);
    assert.deepEqual(of(first)?.granted, [{ role: 'developer', may: ['call /v1/**'], models: ['*'] }]);
    assert.deepEqual(of(second)?.flags, ['never-used', 'wildcard', 'no-owner']);
    assert.deepEqual(of(token)?.roles, ['other', 'intern']);
    assert.deepEqual(of(token)?.unused, {
      may: ['call /other/**', 'call /v1/chat/completions'],
      models: ['*', 'small'],
    });
    assert.equal(all.get(first)?.owner, 'Ada Lovelace');
    assert.ok(!JSON.stringify(house.running.ledger.entries).includes('Lovelace'));
  });

  test('revoke, narrow and keep at once, each with its entries, and only then close', async () => {
    const house = await start();
    const { running, reviews } = house;
    const [kept, narrowed, revoked] = [
      await create(running.opened),
      await create(running.opened),
      await create(running.opened),
    ];
    house.call(narrowed.record.id, 'chat.completions', 'small');
    const { id } = await house.begin();
    await assert.rejects(
      reviews.close(id, 'opr_1'),
      isFault('review.incomplete', /3 principals are undecided/),
    );
    await reviews.decide(
      { review: id, principal: kept.record.id },
      { decision: 'keep', reason, operator: 'opr_1' },
    );
    const gone = await reviews.decide(
      { review: id, principal: revoked.record.id },
      {
        decision: 'revoke',
        reason,
        operator: 'opr_1',
      },
    );
    assert.equal(gone.state, 'applied');
    assert.equal(outcome(running.opened, revoked.key.reveal()), 'credential.revoked');
    const narrow = { decision: 'narrow', role: 'intern', reason, operator: 'opr_1' } as const;
    await assert.rejects(
      reviews.decide({ review: id, principal: narrowed.record.id }, narrow),
      isFault('api.conflict', /Ask first/),
    );
    const shown = await reviews.propose({ review: id, principal: narrowed.record.id }, 'intern', 'opr_1');
    assert.deepEqual([shown.inPolicy, shown.calls, shown.wouldRefuse], [true, 1, []]);
    const held = running.opened.identity;
    const streaming = {
      kind: 'key',
      id: narrowed.record.id,
      roles: ['developer'],
      team: undefined,
      expiresAt: 9e15,
      limitsId: narrowed.record.id,
    } as const;
    assert.ok(held.isActive(streaming));
    assert.equal(
      (await reviews.decide({ review: id, principal: narrowed.record.id }, narrow)).state,
      'applied',
    );
    assert.equal((await running.opened.administration.find(narrowed.record.id))?.role, 'intern');
    const identified = held.identify(narrowed.key.reveal(), '192.0.2.1');
    assert.ok(
      !(identified instanceof Promise) && identified.ok && identified.principal.roles[0] === 'intern',
    );
    assert.ok(!held.isActive(streaming), 'a call under the role of before goes on');
    await assertClosedForGood(house, { id, kept: kept.record.id });
  });

  test('a narrower role that the policy does not have waits until it has it, and is not taken if it says more', async () => {
    const house = await start();
    const { running, reviews } = house;
    const { record } = await create(running.opened);
    house.call(record.id, 'chat.completions', 'large');
    house.call(record.id, 'embeddings', 'small');
    const { id } = await house.begin();
    const shown = await reviews.propose({ review: id, principal: record.id }, undefined, 'opr_1');
    assert.deepEqual(shown.may, ['call /v1/chat/completions', 'call /v1/embeddings']);
    assert.deepEqual(shown.models, ['large', 'small']);
    assert.deepEqual([shown.inPolicy, shown.wouldRefuse], [false, []]);
    const decided = await reviews.decide(
      { review: id, principal: record.id },
      { decision: 'narrow', reason, operator: 'opr_1' },
    );
    assert.equal(decided.state, 'waiting');
    await assert.rejects(reviews.close(id, 'opr_1'), isFault('review.incomplete', /not carried out/));
    // Somebody adds a role of that name which permits more than was shown.
    house.use(compile({ developer, intern, [shown.role]: developer }));
    await reviews.tick();
    assert.equal((await running.opened.administration.find(record.id))?.role, 'developer');
    const added = definedRole(shown.yaml ?? '', shown.role);
    house.use(compile({ developer, intern, [shown.role]: added }));
    await reviews.tick();
    assert.equal((await running.opened.administration.find(record.id))?.role, shown.role);
    assert.equal((await reviews.close(id, 'opr_1')).state, 'closed');
  });

  test('nobody keeps the access of an operator that may be the same person, and may end it', async () => {
    const operators: OtherPrincipals = {
      kind: 'operator',
      list: async () => [
        { id: 'opr_puppet', kind: 'operator', roles: ['security'], hasOwner: true, granted: [] },
      ],
      revoke: async () => {},
      isDependent: (id, operator) => id === 'opr_puppet' && operator === 'opr_maker',
    };
    const { reviews, begin } = await start({ others: [operators] });
    const { id } = await begin();
    const decide = (decision: 'keep' | 'revoke', operator: string) =>
      reviews.decide({ review: id, principal: 'opr_puppet' }, { decision, reason, operator });
    await assert.rejects(decide('keep', 'opr_maker'), isFault('review.own-access'));
    await decide('revoke', 'opr_maker');
  });

  test('nobody decides on himself, nor narrows to a role that permits more', async () => {
    const revoked: string[] = [];
    const operators: OtherPrincipals = {
      kind: 'operator',
      list: async () =>
        ['opr_1', 'opr_2']
          .filter((id) => !revoked.includes(id))
          .map((id) => ({ id, kind: 'operator', roles: ['security'], hasOwner: true, granted: [] })),
      revoke: async (id) => void revoked.push(id),
    };
    const house = await start({ others: [operators] });
    const { running, reviews } = house;
    const { record } = await create(running.opened, { role: 'intern' });
    house.call(record.id, 'chat.completions', 'small', 'intern');
    const { id } = await house.begin();
    for (const decision of ['keep', 'revoke'] as const)
      await assert.rejects(
        reviews.decide({ review: id, principal: 'opr_1' }, { decision, reason, operator: 'opr_1' }),
        isFault('review.own-access'),
      );
    await reviews.decide(
      { review: id, principal: 'opr_2' },
      { decision: 'revoke', reason, operator: 'opr_1' },
    );
    await reviews.decide({ review: id, principal: 'opr_1' }, { decision: 'keep', reason, operator: 'opr_2' });
    assert.deepEqual(revoked, ['opr_2']);
    await assert.rejects(
      reviews.propose({ review: id, principal: record.id }, 'developer', 'opr_1'),
      isFault('api.invalid', /permits what intern does not/),
    );
    await assert.rejects(
      reviews.propose({ review: id, principal: record.id }, 'nobody', 'opr_1'),
      isFault('api.invalid', /no role nobody/),
    );
    for (const bad of ['', ' x', 'a\u202Eb', 'x'.repeat(3000)])
      await assert.rejects(
        reviews.decide(
          { review: id, principal: record.id },
          { decision: 'keep', reason: bad, operator: 'opr_1' },
        ),
        isFault('api.invalid', /reason/),
      );
  });

  test('a key that was revoked meanwhile needs no decision, and one made in its place does', async () => {
    const house = await start();
    const { running, reviews } = house;
    const first = await create(running.opened);
    const second = await create(running.opened);
    const { id } = await house.begin();
    await running.opened.administration.revoke(first.record.id, 'somebody');
    await assert.rejects(
      reviews.decide(
        { review: id, principal: first.record.id },
        { decision: 'keep', reason, operator: 'opr_1' },
      ),
      isFault('api.conflict', /ended meanwhile/),
    );
    const successor = await running.opened.administration.rotate(second.record.id, 0, 'somebody');
    running.clock.advance(1);
    assert.equal((await reviews.find(id))?.undecided, 0);
    await assert.rejects(
      reviews.close(id, 'opr_1'),
      isFault('review.incomplete', new RegExp(successor.record.id)),
    );
    await house.refresh(id);
    await assert.rejects(
      reviews.close(id, 'opr_1'),
      isFault('review.incomplete', /1 principals are undecided/),
    );
    await reviews.decide(
      { review: id, principal: successor.record.id },
      { decision: 'revoke', reason, operator: 'opr_1' },
    );
    assert.equal((await reviews.close(id, 'opr_1')).state, 'closed');
  });

  test('a source that could not be read keeps a review open, and is named', async () => {
    const house = await start();
    const { running, reviews } = house;
    const { record } = await create(running.opened);
    running.clock.advance(10 * day);
    const from = new Date(running.clock.now()).toISOString();
    house.record({
      kind: 'ledger.gap',
      actor: 'system',
      outcome: 'failed',
      detail: { from, to: from, refused: 7 },
    });
    running.clock.advance(day);
    const { id, problems } = await house.begin();
    assert.deepEqual(
      problems.map(({ kind }) => kind),
      ['gap'],
    );
    await reviews.decide(
      { review: id, principal: record.id },
      { decision: 'keep', reason, operator: 'opr_1' },
    );
    await assert.rejects(reviews.close(id, 'opr_1'), isFault('review.incomplete', /7 entries were refused/));
    house.failing.search = true;
    const broken = await house.refresh(id);
    assert.deepEqual(
      broken.problems.map(({ kind }) => kind),
      ['unreadable'],
    );
    assert.ok(!JSON.stringify(broken).includes('the disk is broken'), 'an internal message is shown');
    await assert.rejects(reviews.close(id, 'opr_1'), isFault('review.incomplete', /could not be read/));
    house.failing.search = false;
    house.recorded.splice(0);
    house.record({ kind: 'policy.loaded', actor: 'system' }, 256);
    assert.deepEqual(
      (await house.refresh(id)).problems.map(({ kind }) => kind),
      ['pruned'],
    );
    const since = running.clock.now() - 1000;
    running.clock.advance(1000);
    assert.deepEqual((await house.refresh(id, { since: since + 1500 })).problems, []);
    assert.equal((await reviews.close(id, 'opr_1')).state, 'closed');
  });

  test('begin by themselves, remind once, and say once that they are overdue, also across a restart', async () => {
    const house = await start({ reviews: { every: '30d', due: '14d', remind: '3d' } });
    const { running } = house;
    await create(running.opened, { expiresInMs: 90 * day });
    await house.reviews.tick();
    assert.deepEqual(await house.reviews.list(), []);
    running.clock.advance(31 * day);
    await house.reviews.tick();
    await house.reviews.gather();
    const [begun] = await house.reviews.list();
    assert.equal(begun?.createdBy, 'system');
    running.clock.advance(10 * day);
    await house.reviews.tick();
    assert.deepEqual(house.kinds(), ['review.created', 'review.gathered']);
    running.clock.advance(day);
    await house.reviews.tick();
    const again = await house.open();
    await again.tick();
    assert.deepEqual(house.kinds(), ['review.created', 'review.gathered', 'review.reminded']);
    running.clock.advance(4 * day);
    await again.tick();
    await again.tick();
    assert.deepEqual(house.kinds(), [
      'review.created',
      'review.gathered',
      'review.reminded',
      'review.overdue',
    ]);
    assert.deepEqual(again.status(), { open: 1, overdue: 1, undecided: 1 });
    assert.ok(house.logged.some((line) => line.includes('overdue')));
    running.clock.advance(40 * day);
    await again.tick();
    assert.equal((await again.list()).length, 1, 'one open review is enough');
  });

  test('a decision that could not be carried out is carried out by the next process', async () => {
    const house = await start();
    const { running, store } = house;
    const { record, key } = await create(running.opened);
    const { id } = await house.begin();
    // As if the process had been killed between the two steps.
    await store.db
      .updateTable('review_principals')
      .set({ decision: 'revoke', reason, decided_by: 'opr_1', decided_at: 5 })
      .where('principal_id', '=', record.id)
      .execute();
    const next = await house.open();
    await next.tick();
    assert.equal(outcome(running.opened, key.reveal()), 'credential.revoked');
    assert.equal((await next.principals(id))[0]?.state, 'applied');
  });

  test('two reviewers at once: one decision stands', async () => {
    const house = await start();
    const { running, reviews } = house;
    const { record } = await create(running.opened);
    const { id } = await house.begin();
    const both = await Promise.allSettled([
      reviews.decide({ review: id, principal: record.id }, { decision: 'keep', reason, operator: 'opr_1' }),
      reviews.decide({ review: id, principal: record.id }, { decision: 'revoke', reason, operator: 'opr_2' }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });
});

/** Closes, and looks whether anything of the record can be changed after it. */
async function assertClosedForGood(
  { running, reviews }: Awaited<ReturnType<typeof startReviews>> & { running: Process },
  { id, kept }: { id: string; kept: string },
): Promise<void> {
  const closed = await reviews.close(id, 'opr_1');
  assert.match(closed.recordDigest ?? '', /^[0-9a-f]{64}$/);
  const kinds = new Set(running.ledger.entries.map(({ kind }) => kind));
  for (const kind of [
    'review.created',
    'review.proposed',
    'review.decided',
    'review.applied',
    'review.closed',
    'key.changed',
    'key.revoked',
  ])
    assert.ok(kinds.has(kind), kind);
  assert.ok(
    !JSON.stringify(running.ledger.entries).includes(reason),
    'the words of a reviewer stand in an entry',
  );
  await assert.rejects(
    reviews.decide({ review: id, principal: kept }, { decision: 'revoke', reason, operator: 'opr_1' }),
    isFault('api.conflict', /closed/),
  );
  await assert.rejects(reviews.refresh(id, {}, 'opr_1'), isFault('api.conflict', /closed/));
  await running.opened.administration.revoke(kept, 'opr_1');
  const after = (await reviews.principals(id)).find((one) => one.id === kept);
  assert.deepEqual([after?.state, after?.decision], ['applied', 'keep'], 'a closed record changed');
}

/** The role as it would be read from the text given to add. */
function definedRole(yaml: string, name: string): object {
  const values = Object.fromEntries(
    yaml
      .split('\n')
      .filter((line) => line.startsWith('      '))
      .map((line) => {
        const [key = '', ...rest] = line.trim().split(': ');
        return [key, JSON.parse(rest.join(': '))];
      }),
  );
  assert.ok(yaml.includes(JSON.stringify(name)));
  return values;
}
