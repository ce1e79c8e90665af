import { asFault, Fault, type JsonObject, parseStrictJson, type StrictJson } from '../../../kernel/index.ts';
import { Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { headerValue } from '../headers.ts';
import { type Entered, read, type Read } from '../states.ts';
import { mediaTypeOf } from '../wire/media-type.ts';
import { type OutputAsked, readOutputAsked } from '../wire/output.ts';
import { isObject, textAt } from '../wire/reading.ts';
import { findStoredState } from '../wire/stored-state.ts';
import { checkFields, promptBound, surveyDocument } from '../wire/survey.ts';
import type { Operation } from '../wire/wire.ts';
import { fieldText, readForm } from './form.ts';

const noBody = Buffer.alloc(0);
/** From here on, in bytes, a body is parsed in the lane for long work. */
const largeBody = 131_072;
/** What a parsed document takes, in bytes, up to which it is not counted: as much as a call takes anyway. */
const smallDocument = 65_536;
/** The longest name of a model; it goes into paths, headers of services and their logs. */
const maxModelLength = 256;

/**
 * The body, complete and valid before anything is forwarded. Threat: a body that costs memory or time before it is refused, and one
 * that the gateway and the service read differently.
 */
export function createRead(gate: GateContext): (state: Entered) => Read | Denied | Promise<Read | Denied> {
  return (state) => {
    const { operation } = state.operation;
    const encoding = headerValue(state.headers, 'content-encoding');
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return deny('body.encoding');
    const wrongType = refuseMediaType(operation, headerValue(state.headers, 'content-type'));
    if (wrongType) return wrongType;
    const whole = state.call.readBody({
      maxBytes: operation.body === 'none' ? 0 : state.snapshot.bounds.body,
      deadlineMs: state.snapshot.deadlines.body,
      take: (bytes) => gate.memory.take(state.call, bytes),
    });
    if (!(whole instanceof Promise)) return readWhole(gate, state, whole);
    return whole.then(
      (body) => readWhole(gate, state, body),
      (error: unknown) => new Denied(asFault(error)),
    );
  };
}

function readWhole(gate: GateContext, state: Entered, body: Buffer): Read | Denied | Promise<Read | Denied> {
  switch (state.operation.operation.body) {
    case 'json':
      return body.length < largeBody
        ? readJson(gate, state, body)
        : gate.lane.run(state.call.countedFor, () => readJson(gate, state, body));
    case 'multipart':
      return readMultipart(gate, state, body);
    default:
      return readOther(state, body);
  }
}

/** What nothing is known of but its bytes. */
function readOther(state: Entered, body: Buffer): Read | Denied {
  const model = state.operation.pathModel;
  if (model !== undefined && !isModelName(model)) return badModelName();
  return read(state, {
    body: state.operation.operation.body === 'none' ? noBody : body,
    document: undefined,
    text: undefined,
    form: undefined,
    model,
    streaming: false,
    promptTokens: 0,
    likelyTokens: 0,
    asked: nothingAsked,
  });
}

const nothingAsked: OutputAsked = { answers: 1, maximum: undefined, zeroAt: undefined };

async function readMultipart(gate: GateContext, state: Entered, body: Buffer): Promise<Read | Denied> {
  // Once more as it was read, and once as it is written anew.
  if (!gate.memory.take(state.call, 2 * body.length)) return deny('overloaded', { retryAfterMs: 1000 });
  const form = await readForm(body, headerValue(state.headers, 'content-type') ?? '');
  if (form instanceof Fault) return new Denied(form);
  const { operation, pathModel } = state.operation;
  const model = operation.model === 'path' ? pathModel : fieldText(form, 'model');
  if (model === undefined || !isModelName(model)) return badModelName();
  const files = [...form.fields.values()].filter((value) => typeof value !== 'string');
  const attachments = files.map(({ size, type }) => ({
    kind: type.startsWith('image/') ? ('picture' as const) : ('other' as const),
    length: size,
  }));
  return read(state, {
    body: form.body,
    document: undefined,
    text: undefined,
    form,
    model,
    streaming: fieldText(form, 'stream') === 'true',
    promptTokens: promptBound(form.body.length, attachments, state.snapshot.attachmentTokens),
    likelyTokens: promptBound(0, attachments, state.snapshot.attachmentTokens),
    asked: { ...nothingAsked, answers: Math.max(1, Number(fieldText(form, 'n')) || 1) },
  });
}

function readJson(gate: GateContext, state: Entered, body: Buffer): Read | Denied {
  const { operation, pathModel } = state.operation;
  const { depth, values } = state.snapshot.bounds;
  const parsed = parseStrictJson(body, {
    maxDepth: depth,
    maxValues: values,
    takeMemory: (bytes) => bytes < smallDocument || gate.memory.take(state.call, bytes),
  });
  if (!parsed.ok) return refuseJson(parsed);
  const document = parsed.value;
  if (!isObject(document)) return deny('body.invalid', { detail: 'The body must be a JSON object.' });
  const wrong =
    (operation.fields && checkFields(document, operation.fields)) ??
    refuseState(document, operation) ??
    findStoredState(document, operation.holdsItems === true);
  if (wrong) return deny('body.invalid', { detail: sentence(wrong) });
  const survey = surveyDocument(document);
  if (survey.problem) return deny('body.invalid', { detail: sentence(survey.problem) });
  const model = operation.model === 'path' ? pathModel : textAt(document, 'model');
  if (model !== undefined && !isModelName(model)) return badModelName();
  const { attachmentTokens } = state.snapshot;
  return read(state, {
    body,
    document,
    text: parsed.text,
    form: undefined,
    model,
    streaming: document['stream'] === true,
    promptTokens: promptBound(body.length, survey.attachments, attachmentTokens),
    likelyTokens: survey.likelyTokens + promptBound(0, survey.attachments, attachmentTokens),
    asked: readOutputAsked(document),
  });
}

function refuseJson({ problem, overloaded }: StrictJson & { readonly ok: false }): Denied {
  if (overloaded) return deny('overloaded', { retryAfterMs: 1000 });
  return deny('body.invalid', { detail: sentence(problem) });
}

function refuseState(document: JsonObject, { stateful = [] }: Operation): string | undefined {
  const name = stateful.find(
    (member) => document[member] !== undefined && document[member] !== null && document[member] !== false,
  );
  return (
    name && `"${name}" keeps or reaches stored state, which is shared by all callers and not served here`
  );
}

/** A name of printable characters. Whether the policy serves it is asked later. */
function isModelName(model: string): boolean {
  return (
    model.length > 0 && model.length <= maxModelLength && /^[^\p{C}\p{Z}]+(?: [^\p{C}\p{Z}]+)*$/u.test(model)
  );
}

function badModelName(): Denied {
  return deny('body.invalid', {
    detail: `The name of the model must have 1 to ${maxModelLength} printable characters.`,
  });
}

function refuseMediaType(operation: Operation, contentType: string | undefined): Denied | undefined {
  const type = mediaTypeOf(contentType);
  if (operation.body === 'json' && type !== 'application/json')
    return deny('body.media-type', { detail: 'Send Content-Type: application/json.' });
  if (operation.body === 'multipart' && type !== 'multipart/form-data')
    return deny('body.media-type', { detail: 'Send Content-Type: multipart/form-data.' });
  return undefined;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
