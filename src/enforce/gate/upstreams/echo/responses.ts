import { type JsonObject, randomId } from '../../../../kernel/index.ts';
import { arrayAt, textAt } from '../../wire/reading.ts';
import { serverSentEvent } from '../../wire/sse.ts';
import { type EchoReply, lastText, reply, tokensOf, wordsOf } from './reply.ts';

function sayTo(request: JsonObject): EchoReply {
  const input = request['input'];
  return reply(request, typeof input === 'string' ? input : lastText(arrayAt(request, 'input')));
}

function responseOf(options: {
  request: JsonObject;
  model: string;
  id: string;
  output: readonly JsonObject[];
  status: string;
  text: string;
}): JsonObject {
  const { request, model, id, output, status, text } = options;
  const input = tokensOf(request['input']);
  const written = tokensOf(text);
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: written,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + written,
  };
  return {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status,
    model,
    output,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    top_p: 1,
    tool_choice: 'auto',
    tools: [],
    usage: status === 'completed' ? usage : null,
  };
}

function itemOf(said: EchoReply, id: string, status: string): JsonObject {
  if (said.kind === 'tool') {
    return {
      type: 'function_call',
      id,
      call_id: `call_${id}`,
      name: said.name,
      arguments: said.arguments,
      status,
    };
  }
  return {
    type: 'message',
    id,
    role: 'assistant',
    status,
    content: [{ type: 'output_text', text: said.text, annotations: [] }],
  };
}

export function echoResponse(request: JsonObject, model: string): JsonObject {
  const said = sayTo(request);
  const text = said.kind === 'text' ? said.text : said.arguments;
  const output = [itemOf(said, randomId('msg'), 'completed')];
  return responseOf({ request, model, id: randomId('resp'), output, status: 'completed', text });
}

export function echoResponseEvents(request: JsonObject, model: string): string[] {
  const said = sayTo(request);
  const text = said.kind === 'text' ? said.text : said.arguments;
  const id = randomId('resp');
  const itemId = randomId('msg');
  const frame = { request, model, id, text };
  const at = { item_id: itemId, output_index: 0, ...(said.kind === 'text' && { content_index: 0 }) };
  const done = itemOf(said, itemId, 'completed');
  const opening =
    said.kind === 'text'
      ? { ...done, status: 'in_progress', content: [] }
      : { ...done, status: 'in_progress', arguments: '' };
  const part = { type: 'output_text', text: '', annotations: [] };
  const stem = said.kind === 'text' ? 'response.output_text' : 'response.function_call_arguments';
  const events: JsonObject[] = [
    { type: 'response.created', response: responseOf({ ...frame, output: [], status: 'in_progress' }) },
    { type: 'response.output_item.added', output_index: 0, item: opening },
    ...(said.kind === 'text' ? [{ type: 'response.content_part.added', ...at, part }] : []),
    ...wordsOf(text).map((delta) => ({ type: `${stem}.delta`, ...at, delta })),
    said.kind === 'text'
      ? { type: `${stem}.done`, ...at, text }
      : { type: `${stem}.done`, ...at, arguments: text },
    ...(said.kind === 'text' ? [{ type: 'response.content_part.done', ...at, part: { ...part, text } }] : []),
    { type: 'response.output_item.done', output_index: 0, item: done },
    { type: 'response.completed', response: responseOf({ ...frame, output: [done], status: 'completed' }) },
  ];
  return events.map((event, index) =>
    serverSentEvent({ ...event, sequence_number: index }, textAt(event, 'type') ?? ''),
  );
}
