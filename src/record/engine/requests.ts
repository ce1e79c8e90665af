import { asFault, Fault } from '../../kernel/index.ts';
import type { LedgerFiles } from '../files.ts';
import { searchPage } from '../search/search.ts';
import type { GrowingTree } from '../tree/growing.ts';
import { tileWidth } from '../tree/tiles.ts';
import type { Appender } from './appender.ts';
import { describe } from './describe.ts';
import type { Indexing } from './indexing.ts';
import type { Integrator } from './integrator.ts';
import type { Lookup } from './lookup.ts';
import type { EngineEvent, EngineReply, EngineRequest, EngineRequests } from './messages.ts';
import type { Place } from './placer.ts';
import { planPruning, prune } from './pruning.ts';
import type { Schedule } from './schedule.ts';

export interface RequestsOptions {
  readonly files: LedgerFiles;
  readonly place: Place;
  readonly tree: GrowingTree;
  readonly integrator: Integrator;
  readonly lookup: Lookup;
  readonly indexing: Indexing;
  readonly schedule: Schedule;
  readonly appender: Appender;
  readonly minimum: { index: number };
  readonly post: (event: EngineEvent) => void;
}

type Handlers = {
  [Name in keyof EngineRequests]: (
    request: EngineRequests[Name]['request'],
  ) => EngineReply<Name> | Promise<EngineReply<Name>>;
};

/** Everything but appending: answered one by one, each with a reply or a fault. */
export function createRequests(options: RequestsOptions): (id: number, request: EngineRequest) => void {
  const handlers = createHandlers(options);
  const { post } = options;
  const answer = async (request: EngineRequest): Promise<unknown> => {
    const handle = handlers[request.name] as (given: EngineRequest) => unknown;
    return await handle(request);
  };
  return (id, request) => {
    answer(request).then(
      (value) => post({ type: 'replied', id, value }),
      (error: unknown) => {
        const { code, detail } = asFault(error);
        post({ type: 'rejected', id, code, detail: detail ?? describe(error) });
      },
    );
  };
}

function createHandlers(options: RequestsOptions): Handlers {
  const { files, place, tree, integrator, lookup, indexing, schedule, appender, minimum } = options;
  const { readBundle } = lookup;
  const signUpTo = async (size: number) => {
    if (integrator.signedSize < size) await schedule.integrateNow();
  };
  return {
    search: (query) =>
      indexing.use((index) =>
        searchPage({ minimumIndex: minimum.index, size: tree.size, index, readBundle }, query),
      ),
    read: ({ from, limit }) => lookup.read(from, limit),
    async prove({ index }) {
      await signUpTo(index + 1);
      return lookup.prove(index);
    },
    async consistency({ first }) {
      if (!Number.isSafeInteger(first) || first < 1 || first > tree.size) {
        throw new Fault('api.invalid', {
          detail: `There is no consistency proof from ${first} to ${tree.size}.`,
        });
      }
      await signUpTo(first);
      return lookup.consistency(first);
    },
    async range({ begin, end }) {
      await signUpTo(end);
      return lookup.range({ begin, end });
    },
    async integrate() {
      await schedule.integrateNow();
      return { signedSize: integrator.signedSize };
    },
    async planPrune({ olderThan, notAfter }) {
      await schedule.integrateNow();
      const limit = Math.min(notAfter, integrator.signedSize);
      return {
        minimumIndex: await planPruning({ from: minimum.index, notAfter: limit, olderThan, readBundle }),
      };
    },
    async prune({ minimumIndex }) {
      minimum.index = minimumIndex;
      await prune(files, place, minimumIndex);
      indexing.dropBefore(minimumIndex / tileWidth);
      return { minimumIndex };
    },
    reopen() {
      appender.reopen();
      return {};
    },
    async close() {
      appender.stop();
      // What cannot be signed now stays in the journal, and is signed at the next opening.
      const [signing] = await Promise.allSettled([schedule.integrateNow()]);
      await schedule.stop();
      appender.close(integrator.signedSize);
      indexing.close();
      if (signing.status === 'rejected') throw asFault(signing.reason);
      return { signedSize: integrator.signedSize };
    },
  };
}
