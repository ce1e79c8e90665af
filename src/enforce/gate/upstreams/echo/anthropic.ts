import { type JsonObject, randomId } from '../../../../kernel/index.ts';
import { arrayAt, textAt } from '../../wire/reading.ts';
import { serverSentEvent } from '../../wire/sse.ts';
import { type EchoReply, lastText, reply, tokensOf, wordsOf } from './reply.ts';

function sayTo(request: JsonObject): EchoReply {
  return reply(request, lastText(arrayAt(request, 'messages')));
}

function outputOf(said: EchoReply): string {
  return said.kind === 'text' ? said.text : said.arguments;
}

function messageOf(request: JsonObject, model: string, said: EchoReply): JsonObject {
  const content =
    said.kind === 'text'
      ? { type: 'text', text: said.text, citations: null }
      : {
          type: 'tool_use',
          id: randomId('toolu'),
          name: said.name,
          input: JSON.parse(said.arguments) as JsonObject,
        };
  return {
    id: randomId('msg'),
    type: 'message',
    role: 'assistant',
    model,
    content: [content],
    stop_reason: said.kind === 'text' ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: tokensOf(request['messages']), output_tokens: tokensOf(outputOf(said)) },
  };
}

export function echoMessage(request: JsonObject, model: string): JsonObject {
  return messageOf(request, model, sayTo(request));
}

export function echoTokenCount(request: JsonObject): JsonObject {
  return { input_tokens: tokensOf(request['messages']) };
}

export function echoMessageEvents(request: JsonObject, model: string): string[] {
  const said = sayTo(request);
  const message = messageOf(request, model, said);
  const { content, stop_reason: stopReason, usage } = message;
  const block = (content as readonly JsonObject[])[0] as JsonObject;
  const opening = said.kind === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
  const deltas = wordsOf(outputOf(said)).map((word) =>
    said.kind === 'text'
      ? { type: 'text_delta', text: word }
      : { type: 'input_json_delta', partial_json: word },
  );
  const opened = {
    ...message,
    content: [],
    stop_reason: null,
    usage: { ...(usage as JsonObject), output_tokens: 1 },
  };
  const events: JsonObject[] = [
    { type: 'message_start', message: opened },
    { type: 'content_block_start', index: 0, content_block: opening },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: tokensOf(outputOf(said)) },
    },
    { type: 'message_stop' },
  ];
  return events.map((event) => serverSentEvent(event, textAt(event, 'type') ?? ''));
}
