import { Fault } from '../../../kernel/index.ts';
import { answerHeaders, sendFault } from '../answering.ts';
import { createCohort } from '../cohort.ts';
import type { GateContext } from '../context.ts';
import { Flight } from '../forward/flight.ts';
import { answered, type Answered, type Outcome, type Recorded } from '../states.ts';

/**
 * Brings the call to a service of its plan and the answer back. It always ends in an outcome, never in a denial: the decision stands in the
 * ledger already.
 */
export function createForward(gate: GateContext): (state: Recorded) => Promise<Answered> {
  // They leave when all that began together have come this far, and land when all answers that are here have been read.
  const start = createCohort<Flight>((flight) => flight.start(), queueMicrotask);
  const land = createCohort<Flight>((flight) => flight.land());
  return (state) =>
    state.operation.operation.answeredBy === 'gate'
      ? answerLocally(state).then((outcome) => answered(state, outcome))
      : new Promise((resolve) => {
          start(new Flight({ gate, state, land, finish: (outcome) => resolve(answered(state, outcome)) }));
        });
}

/** What one of the caller's roles may use. */
function seesModel({ caller, snapshot }: Recorded, model: string): boolean {
  return caller.kind === 'public' || caller.roles.some((role) => snapshot.roles.mayUseModel(role, model));
}

/** Lists of models come from the policy, as the caller's roles see them: the service would show every model of the shared credential. */
async function answerLocally(state: Recorded): Promise<Outcome> {
  const { route, call } = state;
  const ending = {
    upstream: undefined,
    tries: 0,
    usage: { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false },
    firstByteMs: undefined,
    costNanoUsd: 0,
    answerText: undefined,
    answerData: undefined,
  };
  try {
    await state.durable;
  } catch {
    const fault = new Fault('ledger.unavailable', { retryAfterMs: 1000 });
    sendFault(state, fault, { entryId: undefined });
    return { ...ending, result: 'failed', reason: fault.code, status: fault.status, answerBytes: 0 };
  }
  const visible = route.modelNames.filter((model) => seesModel(state, model));
  const body = route.wire.listModels?.(visible, state.model);
  if (body === undefined) {
    const fault = new Fault('model.unknown');
    sendFault(state, fault, { entryId: state.entryId });
    return {
      ...ending,
      result: 'failed',
      reason: fault.code,
      status: fault.status,
      answerBytes: call.answer.writtenBytes,
    };
  }
  const headers = answerHeaders(state);
  headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
  call.answer.send(200, headers, body);
  return {
    ...ending,
    result: 'succeeded',
    reason: undefined,
    status: 200,
    answerBytes: call.answer.writtenBytes,
  };
}
