import { Fault, type FaultCode, type FaultOptions } from '../../kernel/index.ts';
import type { LimitHeaders } from '../limits/index.ts';
import type { Route } from './snapshot/routes.ts';

/** A step's decision to refuse. The pipeline records it and answers in the wire's form; nothing after the step runs. */
export class Denied {
  readonly fault: Fault;
  /** Whose credential it was, where it was one of ours. */
  readonly callerId: string | undefined;
  /** What the entry says where it says more than the caller is told; from a closed set. */
  readonly reason: string | undefined;
  readonly limit: LimitHeaders | undefined;
  /** The limit that stood in the way: `team-cost-day`. */
  readonly limitName: string | undefined;
  /** The route, where it was found by the step that refused: the answer takes the form of its wire. */
  readonly route: Route | undefined;

  constructor(fault: Fault, more: DeniedOptions = {}) {
    this.fault = fault;
    this.callerId = more.callerId;
    this.reason = more.reason;
    this.limit = more.limit;
    this.limitName = more.limitName;
    this.route = more.route;
  }
}

interface DeniedOptions {
  readonly callerId?: string | undefined;
  readonly reason?: string | undefined;
  readonly limit?: LimitHeaders | undefined;
  readonly limitName?: string | undefined;
  readonly route?: Route | undefined;
}

export function deny(code: FaultCode, options?: FaultOptions & DeniedOptions): Denied {
  return new Denied(new Fault(code, options), options);
}
