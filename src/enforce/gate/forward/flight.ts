import { Fault, type FaultCode } from '../../../kernel/index.ts';
import { answerHeaders, sendFault } from '../answering.ts';
import type { GateContext } from '../context.ts';
import { type HeaderList, headerValue, passHeaders } from '../headers.ts';
import { retryEntry } from '../entries.ts';
import type { FlyingCall } from '../in-flight.ts';
import type { Outcome, Recorded, SettledUsage } from '../states.ts';
import { isDataType, isEventStream, isJsonType, isTextType } from '../wire/media-type.ts';
import type { Exchange, ExchangeEvents } from '../upstreams/upstream.ts';
import { type AnswerFilter, createAnswerFilter } from './answer-filter.ts';
import { createEventStream } from './event-stream.ts';
import { createPassThrough } from './pass-through.ts';
import { type Pick, Picker } from './picker.ts';
import type { Relay, RelayHost } from './relay.ts';
import { prepareRequest } from './request.ts';
import { isFaultBeforeSending, isRetryableFault, isRetryableStatus, retryDelay } from './retry.ts';
import { settledUsage } from './settle.ts';
import { createTextAnswer } from './text-answer.ts';
import { WholeAnswer } from './whole-answer.ts';

/** What comes of a service's answer before the decision is durable waits here, at most this much. */
const maxEarlyBytes = 256 * 1024;

/** The beginning of an answer, until the decision is durable. */
interface Early {
  readonly status: number;
  readonly headers: HeaderList;
  readonly chunks: Buffer[];
  bytes: number;
  ended: boolean;
}

interface FlightOptions {
  readonly gate: GateContext;
  readonly state: Recorded;
  /** Has `land` called soon, together with that of others. */
  readonly land: (flight: Flight) => void;
  /** Told once, of the end. */
  readonly finish: (outcome: Outcome) => void;
}

/**
 * One call on its way to a service and back.
 *
 * trying —head of an answer→ relaying —end→ over; trying —failure, tries left→ trying on the next target; any —cut, caller gone, failure→ over.
 *
 * A retry or a fallback happens only while nothing has reached the caller. The first byte waits until the decision is durable. A
 * class, because one is made for every call and it listens to three parties at once.
 */
export class Flight implements ExchangeEvents, FlyingCall, RelayHost {
  readonly state: Recorded;
  readonly deadline: number;
  readonly #gate: GateContext;
  readonly #picker: Picker;
  readonly #land: (flight: Flight) => void;
  readonly #finish: (outcome: Outcome) => void;
  #current: Pick | undefined;
  #exchange: Exchange | undefined;
  #relay: Relay | undefined;
  #filter: AnswerFilter | undefined;
  #early: Early | undefined;
  #usageAdded = false;
  #tries = 0;
  #status = 0;
  /** There is a present try, which no count of earlier ones has in it. */
  #isSent = false;
  /** Of the service's last answer, also of one that is not passed on. */
  #serviceStatus = 0;
  /** Why the last try ended without an answer. */
  #failedBy: FaultCode | undefined;
  /** Tries that were sent and not answered, before the last one. */
  #unanswered = 0;
  #over = false;
  #firstByteMs: number | undefined;
  #stalledAt: number | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor({ gate, state, land, finish }: FlightOptions) {
    this.#gate = gate;
    this.state = state;
    this.#land = land;
    this.#finish = finish;
    const upstreams = gate.upstreams();
    this.#picker = new Picker(state.plan, upstreams);
    this.deadline = state.call.startedAt + longestDeadline(state, gate);
    state.call.onAbandoned(() => this.#abandon());
  }

  start(): void {
    this.#gate.inFlight.add(this);
    this.#gate.retryBudget.earn(this.state.snapshot.retries.budget);
    const forbidden = this.#gate.noLongerPermitted(this.state);
    if (this.state.call.abandoned) this.#abandon();
    else if (forbidden) this.cut(forbidden);
    else this.#try('upstream.unavailable');
  }

  /** Sends to the next target; with none left the caller gets `otherwise`. */
  #try(otherwise: FaultCode): void {
    const pick = this.#picker.pick();
    if (pick) this.#send(pick);
    else this.#fail(otherwise);
  }

  #send(pick: Pick): void {
    this.#current = pick;
    this.#tries++;
    this.#isSent = true;
    this.#serviceStatus = 0;
    this.#failedBy = undefined;
    const { request, usageAdded } = prepareRequest(this.state, pick.target);
    this.#usageAdded = usageAdded;
    this.#exchange = pick.upstream.send(request, this);
  }

  /** Tries again if the call has tries left and the gate has retries left. Only the same service is waited for. */
  #retry(code: FaultCode, headers?: HeaderList): boolean {
    if (this.#over || this.#tries >= this.state.snapshot.retries.tries) return false;
    const pick = this.#picker.pick();
    if (!pick) return false;
    const delayMs = pick.again ? retryDelay(this.#tries, headers, this.state.snapshot.retries.wait) : 0;
    if (delayMs === undefined || !this.#gate.retryBudget.spend()) return false;
    const billedTwice = this.#mayBeBilled();
    // The service may do what it was asked and bill it, and so may the next one.
    if (billedTwice && this.state.admission?.reserveAgain() === false) return false;
    this.#exchange?.abort();
    this.#exchange = undefined;
    if (billedTwice) this.#recordRetry({ pick, code, delayMs });
    else this.#retryAfter({ pick, code, delayMs });
    return true;
  }

  /** The next try leaves when it is recorded that there is one: a crash must not forget that the call is charged for both. */
  #recordRetry(further: NextTry): void {
    // It is counted here from now on; until another is sent there is no present one.
    this.#unanswered++;
    this.#isSent = false;
    this.#gate.ledger.append(retryEntry(this.#gate, this.state, further.code)).then(
      () => this.#retryAfter(further),
      () => this.#fail('ledger.unavailable'),
    );
  }

  #retryAfter({ pick, code, delayMs }: NextTry): void {
    if (!this.#over) this.#retryTimer = setTimeout(() => this.#retryWith(pick, code), delayMs);
  }

  #retryWith(pick: Pick, otherwise: FaultCode): void {
    if (this.#over) return;
    if (pick.upstream.available()) this.#send(pick);
    else this.#try(otherwise);
  }

  /** The present try reached a service, or may have, and was not answered. */
  #mayBeBilled(): boolean {
    if (!this.#isSent || this.#serviceStatus > 0) return false;
    return this.#failedBy === undefined || !isFaultBeforeSending(this.#failedBy);
  }

  onHead(status: number, headers: HeaderList): void {
    this.#serviceStatus = status;
    if (isRetryableStatus(status) && this.#retry('upstream.unavailable', headers)) return;
    const refused = refuseAnswer(status, headers, this.#isAboutTheCaller());
    if (refused) return this.#fail(refused);
    this.#firstByteMs = this.#gate.clock.elapsed() - this.state.call.startedAt;
    this.#status = status;
    this.#early = { status, headers, chunks: [], bytes: 0, ended: false };
    this.state.durable.then(
      () => this.#land(this),
      () => this.#fail('ledger.unavailable'),
    );
  }

  /**
   * A service that refuses the gate's own credential must not look as if it had refused the caller's. Only an agent that is
   * given none decides about callers itself.
   */
  #isAboutTheCaller(): boolean {
    return this.state.route.wire.name === 'generic' && this.#current?.upstream.holdsCredential === false;
  }

  /** The decision is durable: the answer may leave. */
  land(): void {
    const early = this.#early;
    if (this.#over || !early) return;
    this.#early = undefined;
    const relay = this.#createRelay(early);
    if (!relay) return this.#fail('data.answer');
    this.#relay = relay;
    for (const chunk of early.chunks) if (!this.#over) relay.data(chunk);
    if (early.ended) this.onEnd();
    else if (early.bytes > maxEarlyBytes && this.#stalledAt === undefined) this.#exchange?.resume();
  }

  /** Undefined: the answer may not pass. */
  #createRelay({ status, headers }: Early): Relay | undefined {
    const { state } = this;
    const passed = answerHeaders(state);
    const type = headerValue(headers, 'content-type');
    const filter = createAnswerFilter(state);
    this.#filter = filter;
    const crossing: string[] = [];
    passHeaders(headers, state.route.wire.answerHeaders, filter ? crossing : passed);
    if (filter) passed.push(...filter.headers(crossing));
    const kept = this.#gate.capture.ruleOf(state.route.name);
    const keptBytes = kept?.answers ? kept.mostBytes : 0;
    if (isEventStream(type) && (filter ? filter.readsEvents : state.operation.operation.readEvent)) {
      return createEventStream({
        state,
        status,
        headers: passed,
        host: this,
        gate: this.#gate,
        usageAdded: this.#usageAdded,
        filter,
        keptBytes,
      });
    }
    if (isJsonType(type) && (filter || state.route.wire.name !== 'generic'))
      return new WholeAnswer({
        state,
        status,
        headers: passed,
        host: this,
        gate: this.#gate,
        filter,
        keepsText: keptBytes > 0,
      });
    if (filter && (isTextType(type) || (filter.passesUnread && !isDataType(type))))
      return createTextAnswer({ state, status, headers: passed, host: this, gate: this.#gate, filter });
    if (filter?.passesUnread === false) return undefined;
    const length = headerValue(headers, 'content-length');
    if (length !== undefined) passed.push('content-length', length);
    return createPassThrough({ state, status, headers: passed, host: this });
  }

  onData(chunk: Buffer): void {
    if (this.#relay) return this.#relay.data(chunk);
    const early = this.#early;
    if (!early) return;
    early.chunks.push(chunk);
    early.bytes += chunk.length;
    if (early.bytes > maxEarlyBytes) this.#exchange?.pause();
  }

  onEnd(): void {
    if (this.#over) return;
    if (!this.#relay) {
      if (this.#early) this.#early.ended = true;
      return;
    }
    const ended = this.#relay.end();
    if (ended) void ended.then(() => this.#succeed());
    else this.#succeed();
  }

  #succeed(): void {
    this.#end({ result: this.#status < 400 ? 'succeeded' : 'failed', reason: undefined });
  }

  onError(code: FaultCode): void {
    this.#failedBy = code;
    if (!this.#early && !this.#relay && isRetryableFault(code) && this.#retry(code)) return;
    this.#fail(code);
  }

  write(chunk: string | Buffer): void {
    const { answer } = this.state.call;
    if (answer.write(chunk) || this.#stalledAt !== undefined) return;
    this.#stalledAt = this.#gate.clock.elapsed();
    answer.onceDrained(() => this.#drained());
    this.#exchange?.pause();
  }

  #drained(): void {
    this.#stalledAt = undefined;
    this.#exchange?.resume();
  }

  watch(elapsed: number): void {
    this.#exchange?.watch(elapsed);
    if (this.#stalledAt === undefined || elapsed - this.#stalledAt < this.state.snapshot.deadlines.reader)
      return;
    this.#exchange?.abort();
    // The reader does not read, so no error event would reach it.
    this.state.call.answer.breakOff();
    this.#end({ result: 'cut', reason: 'stream.slow-reader' });
  }

  cut(code: FaultCode): void {
    this.#stop(code, code.startsWith('upstream.') ? 'failed' : 'cut');
  }

  stop(code: FaultCode): void {
    this.cut(code);
  }

  #fail(code: FaultCode): void {
    this.#stop(code, 'failed');
  }

  #stop(code: FaultCode, result: Outcome['result']): void {
    if (this.#over) return;
    this.#exchange?.abort();
    if (this.#relay) this.#relay.cut(code);
    else this.answerFault(code);
    this.#end({ result, reason: code });
  }

  answerFault(code: FaultCode): void {
    const fault = new Fault(code, retryAfterOf(code));
    this.#status = fault.status;
    const { state } = this;
    state.durable.then(
      () => sendFault(state, fault, { entryId: state.entryId }),
      () => sendFault(state, new Fault('ledger.unavailable', { retryAfterMs: 1000 }), { entryId: undefined }),
    );
  }

  #abandon(): void {
    if (this.#over) return;
    this.#exchange?.abort();
    this.#end({ result: 'cancelled', reason: undefined });
  }

  #end(how: Ending): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#retryTimer);
    this.#gate.inFlight.remove(this);
    const counted = this.#relay?.counted();
    const sent = this.#serviceStatus > 0 || this.#mayBeBilled();
    const tried = {
      result: how.result,
      serviceStatus: this.#serviceStatus,
      sent,
      unanswered: this.#unanswered,
    };
    const usage = settledUsage(this.state, tried, counted);
    this.#finish({
      ...how,
      status: this.#status,
      upstream: this.#current?.target.upstream,
      tries: this.#tries,
      usage,
      costNanoUsd: this.#costOf(usage),
      answerBytes: this.state.call.answer.writtenBytes,
      answerText: counted?.text,
      answerData: this.#filter?.found(),
      firstByteMs: this.#firstByteMs,
    });
  }

  /** What was not billed at one place alone is reckoned at the dearest. */
  #costOf(usage: SettledUsage): number {
    const { state } = this;
    if (this.#unanswered > 0) return state.snapshot.highestCostOf(state, usage);
    return state.snapshot.costAt(state, this.#current?.target, usage);
  }
}

/** Where a call is sent again, why, and after which wait. */
interface NextTry {
  readonly pick: Pick;
  readonly code: FaultCode;
  readonly delayMs: number;
}

interface Ending {
  readonly result: Outcome['result'];
  readonly reason: FaultCode | undefined;
}

function longestDeadline(state: Recorded, gate: GateContext): number {
  const upstreams = gate.upstreams();
  let longest = 0;
  for (const place of state.plan) {
    for (const target of place)
      longest = Math.max(longest, upstreams.get(target.upstream)?.totalDeadlineMs ?? 0);
  }
  return longest || Number.POSITIVE_INFINITY;
}

function retryAfterOf(code: FaultCode): { retryAfterMs?: number } {
  return code === 'upstream.unavailable' || code === 'ledger.unavailable' ? { retryAfterMs: 1000 } : {};
}

/** Answers that are never passed on. */
function refuseAnswer(status: number, headers: HeaderList, aboutCaller: boolean): FaultCode | undefined {
  if (status >= 300 && status < 400 && status !== 304) return 'upstream.redirect';
  const encoding = headerValue(headers, 'content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'upstream.encoding';
  if ((status === 401 || status === 403) && !aboutCaller) return 'upstream.refused';
  return undefined;
}
