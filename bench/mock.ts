import { createServer, type Server, type ServerResponse } from 'node:http';

/**
 * The AI service of the benchmarks: a chat completion of about 350 bytes, or, asked to stream, a paced stream of `max_tokens` events.
 * Usage: node bench/mock.ts [PORT]
 */
const answer = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-mock',
    object: 'chat.completion',
    created: 1_750_000_000,
    model: 'mock',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'The quick brown fox jumps over the lazy dog.' },
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 200,
      completion_tokens: 12,
      total_tokens: 212,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  }),
);
const headers = { 'content-type': 'application/json', 'content-length': String(answer.length) };
const defaultEvents = 20;
const eventIntervalMs = 10;

/** Told what happens to streams, by the `user` of the request. Times are `performance.now()`. */
export interface StreamObserver {
  received(user: string, at: number): void;
  wroteFirst(user: string, at: number): void;
  closed(user: string, at: number, complete: boolean): void;
}

function chunk(index: number): string {
  const choice = { index: 0, delta: { content: `word${index} ` }, finish_reason: null };
  const event = {
    id: 'chatcmpl-mock',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'mock',
    choices: [choice],
  };
  return `data: ${JSON.stringify(event)}\n\n`;
}

function stream(body: Buffer, response: ServerResponse, observer: StreamObserver | undefined): void {
  const { max_tokens: events = defaultEvents, user = '' } = JSON.parse(body.toString('utf8')) as {
    max_tokens?: number;
    user?: string;
  };
  observer?.received(user, performance.now());
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let index = 0;
  const timer = setInterval(() => {
    if (index === 0) observer?.wroteFirst(user, performance.now());
    response.write(chunk(index));
    if (++index < events) return;
    clearInterval(timer);
    response.end('data: [DONE]\n\n');
  }, eventIntervalMs);
  response.on('close', () => {
    clearInterval(timer);
    observer?.closed(user, performance.now(), response.writableEnded);
  });
}

export function createMock(observer?: StreamObserver): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (bytes: Buffer) => chunks.push(bytes));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (body.includes('"stream":true')) stream(body, response, observer);
      else response.writeHead(200, headers).end(answer);
    });
  });
  server.keepAliveTimeout = 120_000;
  return server;
}

if (import.meta.main) {
  const port = Number(process.argv[2] ?? 19_100);
  createMock().listen(port, '127.0.0.1', () => console.log(`mock on 127.0.0.1:${port}`));
}
