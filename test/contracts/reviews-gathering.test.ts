import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, day, describeKeys, isFault } from './key-process.ts';
import { startReviews } from './review-process.ts';

const reason = 'as agreed with its owner';

describeKeys('access reviews that gather', (current) => {
  const start = async () => {
    const { running, store } = current();
    return { running, store, ...(await startReviews(running, store)) };
  };

  test('answer at once, and while who has access is gathered nothing is decided and nothing closed', async () => {
    const house = await start();
    const { running, reviews, failing } = house;
    const { record } = await create(running.opened);
    house.call(record.id);
    const holding = Promise.withResolvers<void>();
    failing.held = holding.promise;
    const begun = await reviews.create({}, 'opr_1');
    assert.deepEqual([begun.state, begun.principals], ['gathering', 0]);
    const { id } = begun;
    const place = { review: id, principal: record.id };
    const isGathering = isFault('api.conflict', /still gathers/);
    await assert.rejects(reviews.decide(place, { decision: 'keep', reason, operator: 'opr_2' }), isGathering);
    await assert.rejects(reviews.propose(place, undefined, 'opr_2'), isGathering);
    await assert.rejects(reviews.refresh(id, {}, 'opr_2'), isGathering);
    await assert.rejects(reviews.close(id, 'opr_2'), isGathering);
    // Not even late: a due date that has passed makes it no more decided.
    running.clock.advance(20 * day);
    assert.equal((await reviews.find(id))?.state, 'gathering');
    await reviews.tick();
    holding.resolve();
    await reviews.gather();
    const found = await reviews.find(id);
    assert.deepEqual([found?.state, found?.principals, found?.undecided], ['overdue', 1, 1]);
    assert.equal((await reviews.principals(id))[0]?.snapshot.use.calls, 1);
    assert.deepEqual(
      house.kinds().filter((kind) => kind === 'review.created' || kind === 'review.gathered'),
      ['review.created', 'review.gathered'],
      'gathered once',
    );
    const decided = await reviews.decide(place, { decision: 'keep', reason, operator: 'opr_2' });
    assert.equal(decided.state, 'applied');
    const again = await reviews.refresh(id, {}, 'opr_1');
    assert.equal(again.state, 'gathering');
    await reviews.gather();
    assert.equal((await reviews.principals(id))[0]?.decision, 'keep', 'what was decided stays');
  });

  test('what a process left in the middle of its gathering is gathered by the next', async () => {
    const house = await start();
    const { running, reviews, failing } = house;
    const { record } = await create(running.opened);
    const holding = Promise.withResolvers<void>();
    failing.held = holding.promise;
    const { id } = await reviews.create({}, 'opr_1');
    const stopped = reviews.stop();
    holding.resolve();
    await stopped;
    assert.equal((await reviews.find(id))?.state, 'gathering');
    assert.deepEqual(house.kinds(), ['review.created']);
    const next = await house.open();
    await next.tick();
    await next.gather();
    const found = await next.find(id);
    assert.deepEqual([found?.state, found?.principals, found?.problems], ['open', 1, []]);
    assert.equal((await next.principals(id))[0]?.id, record.id);
  });

  test('a gathering that the store cannot take is tried again', async () => {
    const house = await start();
    const { running, store, reviews } = house;
    await create(running.opened);
    await store.db.schema.alterTable('review_principals').renameTo('away').execute();
    // Nothing that is shown needs the table until somebody looks into the review.
    await reviews.create({}, 'opr_1').catch(() => {});
    await reviews.gather().catch(() => {});
    await store.db.schema.alterTable('away').renameTo('review_principals').execute();
    const [begun] = await reviews.list();
    assert.equal(begun?.state, 'gathering');
    await reviews.gather();
    assert.equal((await reviews.list())[0]?.state, 'open');
    assert.ok(house.logged.some((line) => line.includes('could not gather')));
  });
});
