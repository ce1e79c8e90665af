import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a service saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Resolves when the connection of the request is gone before its answer was whole. */
  readonly abandoned: Promise<void>;
}

export type Behaviour = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** An AI service on this machine that does what the test says, and remembers what it saw. */
export interface TestService {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

export async function startService(behaviour: Behaviour = answerChat()): Promise<TestService> {
  const seen: SeenRequest[] = [];
  let current = behaviour;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    response.on('close', () => {
      if (!response.writableFinished) resolve();
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const seenRequest: SeenRequest = {
      method,
      path: url,
      headers,
      body: Buffer.concat(chunks).toString(),
      abandoned: promise,
    };
    seen.push(seenRequest);
    try {
      await current(seenRequest, response);
    } catch (error) {
      // What a behaviour cannot read (no JSON) is refused, as services do; a test must not wait for a deadline instead.
      if (response.headersSent) response.destroy();
      else sendJson(response, 400, { error: { message: String(error) } });
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    behave(next) {
      current = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens: number };
}

const usualUsage: ChatUsage = { prompt_tokens: 10, completion_tokens: 5 };

/** A chat completion, refused like the real service refuses: without its key, without JSON, without a model. */
export function answerChat(options: { content?: string; usage?: ChatUsage; key?: string } = {}): Behaviour {
  const { content = 'Hello.', usage = usualUsage, key } = options;
  return (request, response) => {
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
      return sendJson(response, 401, {
        error: {
          message: `Incorrect API key provided: ${request.headers.authorization}`,
          type: 'invalid_request_error',
        },
      });
    }
    const { model, stream, stream_options: streamOptions } = JSON.parse(request.body) as ChatRequest;
    if (stream)
      return streamChat(response, {
        model,
        words: content.split(/(?<= )/),
        usage: streamOptions?.include_usage ? usage : undefined,
      });
    sendJson(response, 200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
    });
  };
}

interface ChatRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

export function chatChunk(model: string, content: string): string {
  const choice = { index: 0, delta: { content }, finish_reason: null };
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices: [choice] })}\n\n`;
}

function streamChat(
  response: ServerResponse,
  options: { model: string; words: readonly string[]; usage: ChatUsage | undefined },
): void {
  const { model, words, usage } = options;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const word of words) response.write(chatChunk(model, word));
  if (usage) {
    response.write(
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices: [], usage })}\n\n`,
    );
  }
  response.end('data: [DONE]\n\n');
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Streams words until the caller goes away or the test ends it. */
export function streamForever(intervalMs = 5): Behaviour {
  return (request, response) => {
    const { model } = JSON.parse(request.body) as ChatRequest;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write(chatChunk(model, 'word ')), intervalMs);
    response.on('close', () => clearInterval(timer));
  };
}
