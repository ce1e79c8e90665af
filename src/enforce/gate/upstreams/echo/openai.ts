import { type JsonObject, randomId } from '../../../../kernel/index.ts';
import { arrayAt, countAt, objectAt, textAt } from '../../wire/reading.ts';
import { serverSentEvent } from '../../wire/sse.ts';
import { type EchoReply, lastText, reply, textOf, tokensOf, wordsOf } from './reply.ts';

function usageOf(request: JsonObject, output: string): JsonObject {
  const prompt = tokensOf(request['messages'] ?? request['prompt'] ?? request['input']);
  const completion = tokensOf(output);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function outputOf(said: EchoReply): string {
  return said.kind === 'text' ? said.text : said.arguments;
}

function chatHead(model: string, object: string): JsonObject {
  return {
    id: randomId('chatcmpl-echo'),
    object,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: 'surety-echo',
  };
}

export function echoChat(request: JsonObject, model: string): JsonObject {
  const said = reply(request, lastText(arrayAt(request, 'messages')));
  const message =
    said.kind === 'text'
      ? { role: 'assistant', content: said.text, refusal: null }
      : {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [
            {
              id: randomId('call'),
              type: 'function',
              function: { name: said.name, arguments: said.arguments },
            },
          ],
        };
  return {
    ...chatHead(model, 'chat.completion'),
    choices: [
      { index: 0, message, logprobs: null, finish_reason: said.kind === 'text' ? 'stop' : 'tool_calls' },
    ],
    usage: usageOf(request, outputOf(said)),
  };
}

export function echoChatEvents(request: JsonObject, model: string): string[] {
  const said = reply(request, lastText(arrayAt(request, 'messages')));
  const head = chatHead(model, 'chat.completion.chunk');
  const withUsage = objectAt(request, 'stream_options')?.['include_usage'] === true;
  const chunk = (delta: JsonObject, finish: string | null = null) =>
    serverSentEvent({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(withUsage && { usage: null }),
    });
  const deltas: JsonObject[] =
    said.kind === 'text'
      ? wordsOf(said.text).map((content) => ({ content }))
      : [
          {
            tool_calls: [
              {
                index: 0,
                id: randomId('call'),
                type: 'function',
                function: { name: said.name, arguments: '' },
              },
            ],
          },
          ...wordsOf(said.arguments).map((part) => ({
            tool_calls: [{ index: 0, function: { arguments: part } }],
          })),
        ];
  return [
    chunk({ role: 'assistant', content: said.kind === 'text' ? '' : null }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, said.kind === 'text' ? 'stop' : 'tool_calls'),
    ...(withUsage
      ? [serverSentEvent({ ...head, choices: [], usage: usageOf(request, outputOf(said)) })]
      : []),
    'data: [DONE]\n\n',
  ];
}

export function echoCompletion(request: JsonObject, model: string): JsonObject {
  const text = `echo: ${textOf(request['prompt'])}`;
  return {
    ...chatHead(model, 'text_completion'),
    choices: [{ index: 0, text, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(request, text),
  };
}

export function echoCompletionEvents(request: JsonObject, model: string): string[] {
  const text = `echo: ${textOf(request['prompt'])}`;
  const head = chatHead(model, 'text_completion');
  const chunk = (part: string, finish: string | null = null) =>
    serverSentEvent({ ...head, choices: [{ index: 0, text: part, logprobs: null, finish_reason: finish }] });
  const withUsage = objectAt(request, 'stream_options')?.['include_usage'] === true;
  return [
    ...wordsOf(text).map((word) => chunk(word)),
    chunk('', 'stop'),
    ...(withUsage ? [serverSentEvent({ ...head, choices: [], usage: usageOf(request, text) })] : []),
    'data: [DONE]\n\n',
  ];
}

const defaultDimensions = 8;
const mostDimensions = 4096;

/** The same text gives the same vector of length 1, so that a search over echoed embeddings behaves. */
function embed(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (let index = 0; index < text.length; index++) {
    const place = (text.charCodeAt(index) * 31 + index) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

export function echoEmbeddings(request: JsonObject, model: string): JsonObject {
  const dimensions = Math.min(mostDimensions, countAt(request, 'dimensions') || defaultDimensions);
  const input = request['input'];
  const texts = Array.isArray(input)
    ? input.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    : [typeof input === 'string' ? input : JSON.stringify(input)];
  const asBase64 = textAt(request, 'encoding_format') === 'base64';
  const data = texts.map((text, index) => {
    const vector = embed(text, dimensions);
    const embedding = asBase64 ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;
    return { object: 'embedding', index, embedding };
  });
  const tokens = tokensOf(texts.join(' '));
  return { object: 'list', model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
