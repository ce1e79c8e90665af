import { asFault, Fault, type JsonObject, parseStrictJson } from '../../../kernel/index.ts';
import { Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { headerValue } from '../headers.ts';
import { type Identified, read, type Read } from '../states.ts';
import { mediaTypeOf } from '../wire/media-type.ts';
import { isObject, textAt } from '../wire/reading.ts';
import { checkFields, surveyDocument } from '../wire/survey.ts';
import type { Operation } from '../wire/wire.ts';
import { modelOfForm } from './form.ts';

const noBody = Buffer.alloc(0);

/**
 * The body, complete and valid before anything is forwarded. Threat: a body that costs memory before it is refused, and one
 * that the gate and the service read differently.
 */
export function createRead(gate: GateContext): (state: Identified) => Read | Denied | Promise<Read | Denied> {
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
    if (!(whole instanceof Promise)) return readWhole(state, whole);
    return whole.then(
      (body) => readWhole(state, body),
      (error: unknown) => new Denied(asFault(error)),
    );
  };
}

function readWhole(state: Identified, body: Buffer): Read | Denied | Promise<Read | Denied> {
  return state.operation.operation.body === 'json' ? readJson(state, body) : readOther(state, body);
}

async function readOther(state: Identified, body: Buffer): Promise<Read | Denied> {
  const { operation } = state.operation;
  const form =
    operation.body === 'multipart'
      ? await modelOfForm(body, headerValue(state.headers, 'content-type') ?? '')
      : undefined;
  if (form instanceof Fault) return new Denied(form);
  return read(state, {
    body: operation.body === 'none' ? noBody : body,
    document: undefined,
    text: undefined,
    model: form ?? state.operation.pathModel,
    streaming: false,
    // Sound and pictures are not counted in characters; the service's own count settles the call.
    promptTokens: 0,
    outputTokens: operation.outputTokens?.({}) ?? 0,
  });
}

function readJson(state: Identified, body: Buffer): Read | Denied {
  const { operation } = state.operation;
  const parsed = parseStrictJson(body, state.snapshot.bounds.depth);
  if (!parsed.ok) return deny('body.invalid', { detail: sentence(parsed.problem) });
  const document = parsed.value;
  if (!isObject(document)) return deny('body.invalid', { detail: 'The body must be a JSON object.' });
  const wrong =
    (operation.fields && checkFields(document, operation.fields)) ?? refuseState(document, operation);
  if (wrong) return deny('body.invalid', { detail: sentence(wrong) });

  const survey = surveyDocument(document);
  if (survey.stateful)
    return deny('body.invalid', {
      detail: `"${survey.stateful}" points at stored state, which is shared by all callers and not served here.`,
    });
  return read(state, {
    body,
    document,
    text: parsed.text,
    model: operation.model === 'path' ? state.operation.pathModel : textAt(document, 'model'),
    streaming: document['stream'] === true,
    promptTokens: survey.promptTokens,
    outputTokens: operation.outputTokens?.(document) ?? state.snapshot.defaultOutputTokens,
  });
}

function refuseState(document: JsonObject, { stateful = [] }: Operation): string | undefined {
  const name = stateful.find(
    (member) => document[member] !== undefined && document[member] !== null && document[member] !== false,
  );
  return (
    name && `"${name}" keeps or reaches stored state, which is shared by all callers and not served here`
  );
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
