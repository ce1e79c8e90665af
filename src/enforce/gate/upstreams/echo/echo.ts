import { Readable } from 'node:stream';
import type { HeaderList } from '../../headers.ts';
import type { JsonObject, JsonValue } from '../../../../kernel/index.ts';
import { isObject } from '../../wire/reading.ts';
import type { Exchange, ExchangeEvents, Upstream, UpstreamRequest } from '../upstream.ts';
import { echoMessage, echoMessageEvents, echoTokenCount } from './anthropic.ts';
import { echoChat, echoChatEvents, echoCompletion, echoCompletionEvents, echoEmbeddings } from './openai.ts';
import { echoResponse, echoResponseEvents } from './responses.ts';

/** What the echo makes of a request: a whole answer, or the events of a stream. */
export interface EchoRow {
  whole(request: JsonObject, model: string): JsonObject;
  events?(request: JsonObject, model: string): readonly string[];
}

const rows: Readonly<Record<string, EchoRow>> = {
  'chat.completions': { whole: echoChat, events: echoChatEvents },
  completions: { whole: echoCompletion, events: echoCompletionEvents },
  responses: { whole: echoResponse, events: echoResponseEvents },
  embeddings: { whole: echoEmbeddings },
  messages: { whole: echoMessage, events: echoMessageEvents },
  'messages.count_tokens': { whole: echoTokenCount },
};

/** Between two events, so that a stream looks like one. */
const eventIntervalMs = 15;

/**
 * The built-in model: says back what it was told, in every wire, whole or as a stream, and says that it is an echo. For trying out a
 * policy without an account anywhere; it is an upstream like any other to the rest of the gate.
 */
export function createEcho(name: string): Upstream {
  return {
    name,
    holdsCredential: false,
    totalDeadlineMs: 60_000,
    state: { circuit: 'closed', healthy: undefined, credentialReadAt: undefined },
    available: () => true,
    send: (request, events) => answer(request, events),
    close: async () => {},
  };
}

function answer(request: UpstreamRequest, events: ExchangeEvents): Exchange {
  const row = rows[request.operation];
  const document = parse(request.body);
  if (!row || !document)
    return whole(events, 404, {
      error: { message: 'The echo does not know this operation.', type: 'not_found_error', code: 'echo' },
    });
  const model = request.model ?? 'echo';
  if (request.streaming && row.events) return stream(events, row.events(document, model));
  return whole(events, 200, row.whole(document, model));
}

function parse(body: Buffer | undefined): JsonObject | undefined {
  const value = JSON.parse(body?.toString('utf8') ?? 'null') as JsonValue;
  return isObject(value) ? value : undefined;
}

function headers(contentType: string): HeaderList {
  return { names: ['content-type'], values: [contentType] };
}

function whole(events: ExchangeEvents, status: number, document: JsonObject): Exchange {
  const timer = setImmediate(() => {
    events.onHead(status, headers('application/json'));
    events.onData(Buffer.from(JSON.stringify(document)));
    events.onEnd();
  });
  return { pause() {}, resume() {}, abort: () => clearImmediate(timer), watch() {} };
}

function stream(events: ExchangeEvents, texts: readonly string[]): Exchange {
  const source = Readable.from(paced(texts), { objectMode: true, highWaterMark: 1 });
  source.on('data', (text: string) => events.onData(Buffer.from(text)));
  source.on('end', () => events.onEnd());
  source.pause();
  const timer = setImmediate(() => {
    events.onHead(200, headers('text/event-stream; charset=utf-8'));
    source.resume();
  });
  return {
    pause: () => void source.pause(),
    resume: () => void source.resume(),
    abort() {
      clearImmediate(timer);
      source.removeAllListeners('end');
      source.removeAllListeners('data');
      source.destroy();
    },
    watch() {},
  };
}

async function* paced(texts: readonly string[]): AsyncGenerator<string> {
  for (const [index, text] of texts.entries()) {
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, eventIntervalMs));
    yield text;
  }
}
