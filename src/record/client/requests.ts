import { Fault, type FaultCode } from '../../kernel/index.ts';
import type { EngineReply, EngineRequest, EngineRequests } from '../engine/messages.ts';
import type { EngineChannel } from './channel.ts';

/** Questions to the engine, each with its answer. */
export interface EngineClient {
  ask<Name extends keyof EngineRequests>(
    name: Name,
    request: EngineRequests[Name]['request'],
  ): Promise<EngineReply<Name>>;
  replied(id: number, value: unknown): void;
  rejected(id: number, code: FaultCode, detail: string): void;
  /** The engine is gone: whatever waits is rejected, and so is whatever comes. */
  end(problem: string): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
}

export function createEngineClient(channel: Pick<EngineChannel, 'post'>): EngineClient {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: string | undefined;

  const take = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };

  return {
    ask(name, request) {
      if (ended !== undefined) return Promise.reject(new Fault('ledger.unavailable', { detail: ended }));
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        channel.post({ type: 'request', id, request: { name, ...request } as EngineRequest });
      });
    },
    replied(id, value) {
      take(id)?.resolve(value);
    },
    rejected(id, code, detail) {
      take(id)?.reject(new Fault(code, { detail }));
    },
    end(problem) {
      ended = problem;
      for (const { reject } of waiting.values()) reject(new Fault('ledger.unavailable', { detail: problem }));
      waiting.clear();
    },
  };
}
