import type { Placeholders } from '../privacy/index.ts';
import type { FaultCode, JsonObject } from '../../kernel/index.ts';
import type { Principal } from '../identity/index.ts';
import type { Admission } from '../limits/index.ts';
import type { KeyReference } from '../../secrets/index.ts';
import type { Call } from './call.ts';
import type { HeaderList } from './headers.ts';
import type { GateSnapshot } from './snapshot/snapshot.ts';
import type { Route, RoutedOperation } from './snapshot/routes.ts';
import type { ReadForm } from './steps/form.ts';
import type { Target } from './target.ts';
import type { OutputAsked } from './wire/output.ts';

/*
 * What is known of a call after each step of the pipeline. Each state holds all of the one before, so that a step cannot run
 * before the one whose findings it needs.
 */

/** A head has come. Nothing of it is believed yet but what names the call in a refusal. */
export interface Arrived {
  readonly call: Call;
  /** The policy the whole call is decided under; only permission is looked at again later. */
  readonly snapshot: GateSnapshot;
  readonly headers: HeaderList;
  readonly requestId: string;
  /** The caller's true address. */
  readonly address: string;
}

/** The head is unambiguous, from an allowed address, for a route and operation that exist. */
export interface Received extends Arrived {
  readonly route: Route;
  readonly operation: RoutedOperation;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  /** Holds the address's place under its limits until the call ends. */
  readonly addressAdmission: Admission | undefined;
}

/** A caller without a credential on a route that says `public: true`. */
export interface PublicCaller {
  readonly kind: 'public';
  readonly id: 'public';
  readonly roles: readonly ['public'];
  readonly team: undefined;
  readonly expiresAt: number;
  readonly limitsId: 'public';
}

export type Caller = Principal | PublicCaller;

export interface Identified extends Received {
  readonly caller: Caller;
}

/** Counted as a request and as one of the calls at once, before anything of its body is read. */
export interface Entered extends Identified {
  /** What the call holds of its limits until it ends; undefined where an observed route let it through over one. */
  readonly admission: Admission | undefined;
  /** The role whose limits it was counted under. A caller with several may, once the model is known, call as another. */
  readonly enteredAs: string | undefined;
  /** The limit an observed route would have refused it by. */
  readonly overLimit: FaultCode | undefined;
}

export interface Read extends Entered {
  /** Complete and valid; empty where the operation takes none. A form as it was written anew. */
  readonly body: Buffer;
  /** The parsed body of a JSON operation, and its text. */
  readonly document: JsonObject | undefined;
  readonly text: string | undefined;
  /** The fields of a multipart operation. */
  readonly form: ReadForm | undefined;
  /** The model asked for, in the caller's words. It goes to the service and into nothing that is kept: see `GateSnapshot.modelName`. */
  readonly model: string | undefined;
  readonly streaming: boolean;
  /** The most tokens the prompt can come to. */
  readonly promptTokens: number;
  /** What it usually comes to. */
  readonly likelyTokens: number;
  /** What the caller says of the output. */
  readonly asked: OutputAsked;
}

/** Where the call may go: places in the order they are tried, in each the targets that share by weight. Later steps only narrow it. */
export type Plan = readonly (readonly Target[])[];

export interface Authorized extends Read {
  /** The role the call is made as. Undefined only on an observed route that no role of the caller permits. */
  readonly role: string | undefined;
  readonly plan: Plan;
  /** What an observed route would have refused. */
  readonly wouldDeny: readonly FaultCode[];
}

export interface Admitted extends Authorized {
  /** The most output tokens the service is allowed to make, all answers together. */
  readonly outputTokens: number;
  /** The maximum for each answer that the gateway names to the service, since the caller named none. */
  readonly sentMaximum: number | undefined;
  /** The most the call can cost, at the dearest place it may go to. */
  readonly reservedNanoUsd: number;
}

export interface Attributed extends Admitted {
  /** Whose data the call is about; undefined where it names nobody. */
  readonly subject: KeyReference | undefined;
}

/** What was found in a call, and what was done about it. It holds no part of the text but in what `textFor` gives. */
export interface CallInspection {
  /** The highest class of all that was found or could not be read; undefined where there was neither. */
  readonly dataClass: string | undefined;
  /** How often each detector found something. */
  readonly detectors: Readonly<Record<string, number>>;
  /** Characters that detectors saw. */
  readonly characters: number;
  readonly unread: readonly string[];
  readonly action: 'none' | 'refused' | 'redacted' | 'pseudonymised' | 'rerouted';
  /** What an observed route would have done. */
  readonly would: CallInspection['action'] | undefined;
  /** The text of the body as a target may see it; undefined: as it came. */
  textFor(target: Target): string | undefined;
  /** What stands for what, where the caller gets its own values back. */
  readonly placeholders: Placeholders | undefined;
}

/** The plan holds no target that may not see what the call holds. */
export interface Inspected extends Attributed {
  /** Undefined where nothing is looked for. */
  readonly inspection: CallInspection | undefined;
}

export interface Recorded extends Inspected {
  /** The id of the decision entry. */
  readonly entryId: string;
  /** Resolves when the decision is durable. No byte of an answer leaves before. */
  readonly durable: Promise<void>;
}

export interface Answered extends Recorded {
  readonly outcome: Outcome;
}

/** Any state a call can be refused in. */
export type Underway = Arrived & Partial<Omit<Inspected, keyof Arrived>>;

/**
 * The record of a call, with room for what every later step finds. Its shape never changes again: an object that grows by
 * `Object.assign` ends up as a hash table in V8, and each look at it then costs a search.
 */
export function beginState({ call, snapshot, headers, requestId, address }: Arrived): Arrived {
  const state: { [Name in keyof Answered]: Answered[Name] | undefined } = {
    call,
    snapshot,
    headers,
    requestId,
    address,
    route: undefined,
    operation: undefined,
    path: undefined,
    query: undefined,
    addressAdmission: undefined,
    caller: undefined,
    admission: undefined,
    enteredAs: undefined,
    overLimit: undefined,
    body: undefined,
    document: undefined,
    text: undefined,
    form: undefined,
    model: undefined,
    streaming: undefined,
    promptTokens: undefined,
    likelyTokens: undefined,
    asked: undefined,
    role: undefined,
    plan: undefined,
    wouldDeny: undefined,
    outputTokens: undefined,
    sentMaximum: undefined,
    reservedNanoUsd: undefined,
    subject: undefined,
    inspection: undefined,
    entryId: undefined,
    durable: undefined,
    outcome: undefined,
  };
  return state as Arrived;
}

/** A state as the step that leads to it writes it. */
type Growing<State> = { -readonly [Name in keyof State]: State[Name] };
/** What a step has to have found, all of it, before the call is in the next state. */
type Found<Next, Before> = Omit<Next, keyof Before>;

// Field by field: `Object.assign` goes through V8's runtime, which over a call's steps was measured to cost as much as reading its body.

export function received(state: Arrived, found: Found<Received, Arrived>): Received {
  const next = state as Growing<Received>;
  next.route = found.route;
  next.operation = found.operation;
  next.path = found.path;
  next.query = found.query;
  next.addressAdmission = found.addressAdmission;
  return next;
}

export function identified(state: Received, caller: Caller): Identified {
  const next = state as Growing<Identified>;
  next.caller = caller;
  return next;
}

export function entered(state: Identified, found: Found<Entered, Identified>): Entered {
  const next = state as Growing<Entered>;
  next.admission = found.admission;
  next.enteredAs = found.enteredAs;
  next.overLimit = found.overLimit;
  return next;
}

export function read(state: Entered, found: Found<Read, Entered>): Read {
  const next = state as Growing<Read>;
  next.body = found.body;
  next.document = found.document;
  next.text = found.text;
  next.form = found.form;
  next.model = found.model;
  next.streaming = found.streaming;
  next.promptTokens = found.promptTokens;
  next.likelyTokens = found.likelyTokens;
  next.asked = found.asked;
  return next;
}

/** Of any state that can be decided: recorded calls are decided again (replay/). */
export function authorized<State extends object>(
  state: State,
  found: Found<Authorized, Read>,
): State & Found<Authorized, Read> {
  const next = state as State & Growing<Found<Authorized, Read>>;
  next.role = found.role;
  next.plan = found.plan;
  next.wouldDeny = found.wouldDeny;
  return next;
}

export function admitted(state: Authorized, found: Found<Admitted, Authorized>): Admitted {
  const next = state as Growing<Admitted>;
  next.outputTokens = found.outputTokens;
  next.sentMaximum = found.sentMaximum;
  next.reservedNanoUsd = found.reservedNanoUsd;
  return next;
}

export function attributed(state: Admitted, subject: KeyReference | undefined): Attributed {
  const next = state as Growing<Attributed>;
  next.subject = subject;
  return next;
}

export function inspected(
  state: Attributed,
  inspection: CallInspection | undefined,
  { plan, wouldDeny }: Pick<Admitted, 'plan' | 'wouldDeny'> = state,
): Inspected {
  const next = state as Growing<Inspected>;
  next.inspection = inspection;
  next.plan = plan;
  next.wouldDeny = wouldDeny;
  return next;
}

export function recorded(state: Inspected, entryId: string, durable: Promise<void>): Recorded {
  const next = state as Growing<Recorded>;
  next.entryId = entryId;
  next.durable = durable;
  return next;
}

export function answered(state: Recorded, outcome: Outcome): Answered {
  const next = state as Growing<Answered>;
  next.outcome = outcome;
  return next;
}

/** What was found in an answer: classes, names and counts. */
export interface AnswerData {
  readonly dataClass: string | undefined;
  readonly detectors: Readonly<Record<string, number>>;
  readonly characters: number;
}

/** How a call that was let through ended. */
export interface Outcome {
  readonly result: 'succeeded' | 'failed' | 'cancelled' | 'cut';
  readonly reason: FaultCode | undefined;
  /** The status the caller saw; 0 where none was sent. */
  readonly status: number;
  readonly upstream: string | undefined;
  readonly tries: number;
  readonly usage: SettledUsage;
  /** Nano-dollars, at the price of the service that answered. */
  readonly costNanoUsd: number;
  readonly answerBytes: number;
  /** What was found in the answer; undefined where answers are not looked into. */
  readonly answerData: AnswerData | undefined;
  /** What the caller got, where the route keeps answers. */
  readonly answerText: string | undefined;
  readonly firstByteMs: number | undefined;
}

export interface SettledUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly reasoning: number;
  /** The service did not say: what was reserved. */
  readonly estimated: boolean;
}
