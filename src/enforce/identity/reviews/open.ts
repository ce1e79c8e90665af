import { asFault } from '../../../kernel/index.ts';
import { createCampaigns, requireOpen } from './campaigns.ts';
import { createDeciding } from './decide.ts';
import { createGathering } from './gathering.ts';
import { createEntries, createTurns, type ReviewOptions, settingsOf } from './parts.ts';
import type { Reviews, ReviewStatus } from './review.ts';
import { changeReview, findReview, readPrincipals, readReviews, type ReviewRow } from './store.ts';
import { createView, type ReviewView } from './view.ts';

/** Opens the reviews over a store. Nothing runs by itself: who opens them calls `tick`. */
export async function openReviews(options: ReviewOptions): Promise<Reviews> {
  const { store } = options;
  const view = createView(options);
  const inTurn = createTurns();
  let status: ReviewStatus = { open: 0, overdue: 0, undecided: 0 };

  async function look(): Promise<void> {
    const open = (await readReviews(store)).filter(({ closed_at: closed }) => closed === null);
    const summaries = await view.summaries(open);
    status = {
      open: summaries.length,
      overdue: summaries.filter(({ state }) => state === 'overdue').length,
      undecided: summaries.reduce((sum, { undecided, waiting }) => sum + undecided + waiting, 0),
    };
  }

  const change = <Result>(work: () => Promise<Result>): Promise<Result> =>
    inTurn(async () => {
      try {
        return await work();
      } finally {
        await look();
      }
    });

  const gathering = createGathering(options, change);
  const campaigns = createCampaigns(options, { view, gathering });
  const deciding = createDeciding(options, view);
  await look();
  return {
    create: (request, operator) => change(() => campaigns.create(request, operator)),
    refresh: (id, request, operator) => change(() => campaigns.refresh(id, request, operator)),
    close: (id, operator) => change(() => campaigns.close(id, operator)),
    propose: (about, role, operator) => change(() => deciding.propose(about, role, operator)),
    decide: (about, request) => change(() => deciding.decide(about, request)),
    async list() {
      return view.summaries(await readReviews(store));
    },
    async find(id) {
      const row = await findReview(store.db, id);
      return row && view.summary(row);
    },
    async principals(id) {
      const row = (await findReview(store.db, id)) ?? (await requireOpen(options, id));
      return view.principals(row);
    },
    async tick() {
      await change(() => tick(options, { view, campaigns, deciding }));
      // Not waited for: what a crash left, or could not be read, is gathered beside.
      void gathering.all().catch(() => options.log.error('reviews that gather could not be read'));
    },
    gather: gathering.all,
    stop: gathering.stop,
    status: () => status,
  };
}

interface Ticking {
  readonly view: ReviewView;
  readonly campaigns: ReturnType<typeof createCampaigns>;
  readonly deciding: ReturnType<typeof createDeciding>;
}

async function tick(options: ReviewOptions, { view, campaigns, deciding }: Ticking): Promise<void> {
  const { store, log } = options;
  const all = await readReviews(store);
  for (const row of all.filter(({ closed_at: closed }) => closed === null)) {
    for (const principal of await readPrincipals(store.db, row.id)) {
      if (principal.decision === null || principal.applied_at !== null) continue;
      await deciding.carryOut(principal).catch((thrown: unknown) =>
        log.warn('a decision of a review cannot be carried out yet', {
          review: row.id,
          principal: principal.principal_id,
          code: asFault(thrown).code,
        }),
      );
    }
    await remind(options, row, view);
  }
  if (await isDue(options, all)) {
    const { id } = await campaigns.create({}, 'system');
    log.info('an access review has begun', { review: id });
  }
}

/** Once before it is due and once when it is. */
async function remind(options: ReviewOptions, row: ReviewRow, view: ReviewView): Promise<void> {
  const { store, outbox, clock, log } = options;
  const now = clock.now();
  const isOverdue = now >= row.due_at;
  const isNear = now >= row.due_at - settingsOf(options).remind;
  if (isOverdue ? row.overdue_at !== null : !isNear || row.reminded_at !== null) return;
  const { undecided, waiting } = await view.summary(row);
  const kind = isOverdue ? 'review.overdue' : 'review.reminded';
  const detail = { undecided, waiting, dueAt: new Date(row.due_at).toISOString() };
  const made = createEntries(options)(kind, { actor: 'system', target: row.id, detail });
  await store.db.transaction().execute(async (transaction) => {
    await changeReview(transaction, row.id, isOverdue ? { overdue_at: now } : { reminded_at: now });
    await outbox.enqueue(transaction, made);
  });
  const sentence = isOverdue ? 'an access review is overdue' : 'an access review is due soon';
  log.warn(sentence, { review: row.id, undecided, waiting, dueAt: detail.dueAt });
  await outbox.deliver(made.id).catch(() => log.warn('a step of a review waits to be recorded'));
}

/** When the last campaign is older than `every`; before the first, when the oldest key is. One open campaign is enough. */
async function isDue(options: ReviewOptions, all: readonly ReviewRow[]): Promise<boolean> {
  const { every, isScheduled } = settingsOf(options);
  if (!isScheduled || all.some(({ closed_at: closed }) => closed === null)) return false;
  const begun = all.map(({ created_at: at }) => at);
  const made = begun.length > 0 ? [] : (await options.keys.list()).map(({ createdAt }) => createdAt);
  const since = begun.length > 0 ? Math.max(...begun) : Math.min(...made);
  return Number.isFinite(since) && options.clock.now() - since >= every;
}
