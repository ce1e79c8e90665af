import { createServer } from 'node:http';

/**
 * The AI service of the benchmarks: a chat completion of about 350 bytes, or, asked to stream, a paced stream of events.
 * Usage: node bench/mock.ts [PORT]
 */
const port = Number(process.argv[2] ?? 19_100);
const answer = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-mock',
    object: 'chat.completion',
    created: 1_750_000_000,
    model: 'mock',
    choices: [{ index: 0, message: { role: 'assistant', content: 'The quick brown fox jumps over the lazy dog.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 200, completion_tokens: 12, total_tokens: 212, prompt_tokens_details: { cached_tokens: 0 } },
  }),
);
const headers = { 'content-type': 'application/json', 'content-length': String(answer.length) };
const events = 20;
const eventIntervalMs = 10;

function chunk(index: number): string {
  const delta = { content: `word${index} ` };
  return `data: ${JSON.stringify({ id: 'chatcmpl-mock', object: 'chat.completion.chunk', created: 1, model: 'mock', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (bytes: Buffer) => chunks.push(bytes));
  request.on('end', () => {
    if (!Buffer.concat(chunks).includes('"stream":true')) {
      response.writeHead(200, headers).end(answer);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let index = 0;
    const timer = setInterval(() => {
      response.write(chunk(index));
      if (++index < events) return;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, eventIntervalMs);
    response.on('close', () => clearInterval(timer));
  });
});
server.keepAliveTimeout = 120_000;
server.listen(port, '127.0.0.1', () => console.log(`mock on 127.0.0.1:${port}`));
