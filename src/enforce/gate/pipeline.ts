import { asFault, Fault } from '../../kernel/index.ts';
import { sendFault } from './answering.ts';
import type { Call } from './call.ts';
import type { GateContext } from './context.ts';
import { Denied } from './denied.ts';
import { denialEntry, outcomeEntry } from './entries.ts';
import type { Route } from './snapshot/routes.ts';
import type { Answered, Arrived, Read, Underway } from './states.ts';
import { arrive } from './steps/arrive.ts';
import { authorize } from './steps/authorize.ts';
import { createEnter } from './steps/enter.ts';
import { createForward } from './steps/forward.ts';
import { createIdentify } from './steps/identify.ts';
import { inspect } from './steps/inspect.ts';
import { createLimit } from './steps/limit.ts';
import { createRead } from './steps/read.ts';
import { createReceive } from './steps/receive.ts';
import { createRecord } from './steps/record.ts';
import { createSubject } from './steps/subject.ts';

type Step<From, To> = (state: From) => To | Denied | Promise<To | Denied>;

/** A chain of steps in which each takes what the one before gives; a missing or reordered step does not compile. */
interface Chain<From, To> {
  to<Next>(step: Step<To, Next>): Chain<From, Next>;
  readonly steps: readonly Step<never, unknown>[];
  /** Never there; holds the types. */
  readonly types?: (from: From) => To;
}

function chain<From, To>(step: Step<From, To>): Chain<From, To> {
  const extend = <Last>(steps: readonly Step<never, unknown>[]): Chain<From, Last> => ({
    steps,
    to: <Next>(next: Step<Last, Next>) => extend<Next>([...steps, next]),
  });
  return extend<To>([step]);
}

/** The one way every call takes, and the order is the design: who, what, whether, how much, with which data; recorded; only then forwarded. */
function pipelineSteps(gate: GateContext): Chain<Arrived, Answered> {
  return chain(createReceive(gate))
    .to(createIdentify(gate))
    .to(createEnter(gate))
    .to(createRead(gate))
    .to(authorize<Read>)
    .to(createLimit(gate))
    .to(createSubject(gate))
    .to(inspect)
    .to(createRecord(gate))
    .to(createForward(gate));
}

/** Takes a call through every step to an answer. Never throws and never leaves a call without an answer. */
export function createPipeline(gate: GateContext): (call: Call) => Promise<void> {
  // Each step writes what it finds into the one record of its call (`beginState`), so that only refusals need handing on.
  const steps = pipelineSteps(gate).steps as readonly Step<Arrived, Arrived>[];
  return async (call) => {
    const state = arrive(gate, call);
    try {
      // By index: an iterator, and what it gives each time, would outlive the waiting.
      for (let index = 0; index < steps.length; index++) {
        let result = steps[index]?.(state);
        // Most steps wait for nothing, and then neither does the call.
        if (result instanceof Promise) result = await result;
        if (result instanceof Denied) return await refuse(gate, state, result);
      }
      finish(gate, state as Answered);
    } catch (error) {
      gate.log.error('a step failed', {
        request: state.requestId,
        error: error instanceof Error ? error.name : 'unknown',
        stack: stackOf(error),
      });
      await refuse(gate, state, new Denied(asFault(error)));
    } finally {
      gate.memory.release(call);
      if (call.holdsPlace) gate.places.giveBack(call.countedFor, 1);
      (state as Underway).addressAdmission?.settle({ tokens: 0, costNanoUsd: 0 });
    }
  };
}

/** Where it happened, without the message, which may quote what a caller sent. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5)
    .map((line) => line.trim())
    .join(' | ');
}

/** What is refused before its route was sought still gets an answer in the form its client reads. */
function routeOf({ call, snapshot }: Arrived): Route | undefined {
  return snapshot.findRoute(call.target.split('?', 1)[0] ?? '');
}

/** Records a refusal and answers it. What cannot be recorded is answered as that, and is the one answer without an entry. */
async function refuse(gate: GateContext, state: Underway, denied: Denied): Promise<void> {
  state.admission?.withdraw();
  gate.observer.denied(state, denied);
  const wire = (denied.route ?? state.route ?? routeOf(state))?.wire;
  if (denied.fault.code === 'ledger.unavailable')
    return sendFault(state, denied.fault, { entryId: undefined, wire });
  try {
    const { id, durable } = gate.denials.record(
      denialEntry(gate, state, denied),
      `${state.address} ${denied.reason ?? denied.fault.code}`,
    );
    await durable;
    sendFault(state, denied.fault, { entryId: id, wire, limit: denied.limit });
  } catch {
    sendFault(state, new Fault('ledger.unavailable', { retryAfterMs: 1000 }), { entryId: undefined, wire });
  }
}

/** Hands prompt and answer over where the route keeps them: as the service and the caller got them. */
function keep({ capture }: GateContext, state: Answered): void {
  if (!capture.ruleOf(state.route.name)) return;
  const { entryId, route, subject, inspection, outcome } = state;
  const target = state.plan.flat().find(({ upstream }) => upstream === outcome.upstream);
  const prompt = (target && inspection?.textFor(target)) ?? state.text;
  capture.capture({ entryId, route: route.name, subject, prompt, answer: outcome.answerText });
}

/** Replaces what was reserved by what was used and records the end. */
function finish(gate: GateContext, state: Answered): void {
  const { outcome } = state;
  const { input, output } = outcome.usage;
  state.admission?.settle({
    tokens: input + output,
    costNanoUsd: outcome.costNanoUsd,
  });
  keep(gate, state);
  gate.observer.finished(state, outcome, gate.clock.elapsed() - state.call.startedAt);
  // The answer has left; if this cannot be recorded the next start finds the decision without an end and says so.
  void gate.ledger.append(outcomeEntry(gate, state, outcome));
}
