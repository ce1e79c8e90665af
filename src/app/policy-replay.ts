import { compileGate, createReplay, type Replay, type ReplayPage } from '../enforce/gate/index.ts';
import { Fault, randomId } from '../kernel/index.ts';
import { formatProblem } from '../policy/index.ts';
import type { House } from './house.ts';
import { findArchivedPolicy } from './policy-archive.ts';
import { policyFormat } from './policy-format.ts';

export interface ReplayRequest {
  /** The candidate's text, and how its problems name it. */
  readonly candidate: string;
  readonly file: string;
  readonly since: number;
  readonly until: number;
  /** What the page before gave as `next`. */
  readonly going: string | undefined;
  readonly pageEntries: number;
}

export type ReplayAnswer = Omit<ReplayPage, 'next'> & {
  readonly candidateDigest: string;
  readonly inForceDigest: string;
  /** What the next page is asked for with, and how far the ledger was read; absent when the span is through. */
  readonly next?: { readonly going: string; readonly at: number };
};

interface Going {
  readonly replay: Replay;
  readonly candidateDigest: string;
  readonly inForceDigest: string;
  readonly request: Pick<ReplayRequest, 'since' | 'until'>;
  readonly touchedAt: number;
}

/** Each holds its counters: megabytes, with many callers. */
const mostGoing = 4;
const idleMs = 600_000;

const givenUp =
  'The replay was given up: it waited for ten minutes, others were begun since, the server was restarted, or a page was asked for twice. Begin it again.';

/**
 * Replays over an open house, page by page. What limits count stands in memory between two pages, of the latest few replays. Throws Fault
 * `policy.invalid` with the problems of the candidate.
 */
export function createPolicyReplay(house: House): (request: ReplayRequest) => Promise<ReplayAnswer> {
  const { ledger, folder, clock } = house;
  const going = new Map<string, Going>();

  function begin({ candidate, file, since, until }: ReplayRequest): Going {
    const reading = policyFormat.read(candidate, file);
    if (!reading.ok) {
      const lines = reading.problems.map((problem) => `\n${formatProblem(problem)}`);
      throw new Fault('policy.invalid', { detail: lines.join('') });
    }
    const { policy, digest } = house.policy();
    const replay = createReplay({
      since,
      until,
      ledger,
      candidate: compileGate(reading.policy, reading.digest),
      inForce: compileGate(policy, digest),
      policyOf: (wanted) => findArchivedPolicy(wanted, folder.paths.folder),
    });
    const digests = { candidateDigest: reading.digest, inForceDigest: digest };
    return { replay, ...digests, request: { since, until }, touchedAt: clock.now() };
  }

  /** Taken out while a page is made: a page asked for twice at once must not be counted twice. */
  function goOn(id: string, { since, until }: ReplayRequest): Going {
    const found = going.get(id);
    going.delete(id);
    const isSame = found?.request.since === since && found.request.until === until;
    if (!found || !isSame || clock.now() - found.touchedAt > idleMs)
      throw new Fault('api.conflict', { detail: givenUp });
    return found;
  }

  function keep(one: Going): string {
    const id = randomId('rpl');
    going.set(id, { ...one, touchedAt: clock.now() });
    for (const [other, { touchedAt }] of going)
      if (going.size > mostGoing || clock.now() - touchedAt > idleMs) going.delete(other);
    return id;
  }

  return async (request) => {
    const one = request.going === undefined ? begin(request) : goOn(request.going, request);
    const { candidateDigest, inForceDigest } = one;
    const { next, ...page } = await one.replay.page(request.pageEntries);
    return {
      ...page,
      candidateDigest,
      inForceDigest,
      ...(next !== undefined && { next: { going: keep(one), at: next } }),
    };
  };
}
