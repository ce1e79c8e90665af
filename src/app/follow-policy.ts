import type { Gate } from '../enforce/gate/index.ts';
import { Fault } from '../kernel/index.ts';
import type { House } from './house.ts';
import { archivePolicy } from './policy-archive.ts';
import { followPolicy, keepPolicy, type LoadedPolicy } from './policy-in-force.ts';

/** An address of the command line. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
}

/** The command line's address stands over the policy's, with the same care for what it opens. */
export function listenWhereTold(loaded: LoadedPolicy, listen: ListenAt | undefined): LoadedPolicy {
  if (!listen) return loaded;
  if (!listen.loopback && loaded.policy.gate.tls !== 'elsewhere') {
    throw new Fault('policy.invalid', {
      detail: `The gate would listen on ${listen.host} without TLS; listen on 127.0.0.1, or say gate.tls: elsewhere when something in front ends TLS.`,
    });
  }
  return { ...loaded, policy: { ...loaded.policy, gate: { ...loaded.policy.gate, listen } } };
}

interface Followed {
  readonly house: House;
  readonly gate: Gate;
  readonly state: { problem: string | undefined };
  readonly gateAddress: ListenAt | undefined;
}

/** Keeps the policy in force in step with its file. Each load, and each refusal to load, is an entry. */
export function followPolicyFile({ house, gate, state, gateAddress }: Followed): { stop(): void } {
  const { log, clock } = house;
  return followPolicy({
    loaded: house.policy(),
    log,
    async apply(read) {
      const { digest } = read;
      const { file } = house.policy();
      const next = listenWhereTold({ ...read, file, loadedAt: clock.now() }, gateAddress);
      await usePolicy(house, gate, next);
      state.problem = undefined;
      log.info('policy loaded', { digest });
      await keepPolicy(next, house.folder.paths.folder);
      await archivePolicy(next, house.folder.paths.folder);
      await house.note('policy.loaded', { detail: { digest } });
      // A role that a review waits for may be there now.
      await house.reviews.tick().catch(() => log.error('what is due in access reviews could not be done'));
    },
    refuse(sentence, digest) {
      state.problem = sentence;
      log.error('the policy file cannot be put in force; the old policy stays', { problem: sentence });
      house
        .note('policy.refused', { outcome: 'failed', reason: 'policy.invalid', detail: { digest } })
        .catch(() => log.error('the refusal could not be recorded'));
    },
  });
}

/** All of it or nothing: what the house has readied is thrown away where the gate cannot load it. */
async function usePolicy(house: House, gate: Gate, next: LoadedPolicy): Promise<void> {
  const prepared = house.preparePolicy(next);
  try {
    await gate.load(next.policy, next.digest);
  } catch (error) {
    prepared.discard();
    throw error;
  }
  prepared.use();
}
