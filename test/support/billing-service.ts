import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One request as the service got it, and what it bills for it: all it was allowed to. */
export interface BilledRequest {
  /** The gateway's id of the call; tries of one call share it. */
  readonly requestId: string;
  readonly path: string;
  readonly behaviour: string;
  /** The gateway named a maximum, or the operation has none. */
  readonly isBounded: boolean;
  /** Undefined: not billed, as services do not bill their errors. */
  readonly billed: { readonly input: number; readonly output: number } | undefined;
  /** The usage it reported was the whole truth. */
  readonly reported: boolean;
}

export interface BillingService {
  readonly url: string;
  readonly requests: readonly BilledRequest[];
  close(): Promise<void>;
}

const maxima = ['max_completion_tokens', 'max_tokens', 'max_output_tokens', 'max_new_tokens', 'max_length'];

const setByGateway = Object.fromEntries(
  ['model', 'store', 'stream_options', ...maxima].map((name) => [name, undefined]),
);

/** How the service takes a request; the caller's body names one in `user`, or in a field of a form. */
export const behaviours = [
  'whole whole whole no-usage broken-usage half-usage huge-usage slow hang',
  'drop-before drop-within error-400 error-429 error-500 redirect refused encoded',
].flatMap((line) => line.split(' '));

/** A service that bills as much as it was allowed to, and misbehaves as real ones do. */
export async function startBillingService(): Promise<BillingService> {
  const requests: BilledRequest[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => {});
    void answer(request, response, requests).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requests: BilledRequest[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const asked = read(request, body);
  const bill = billOf(asked);
  const isError = /^(error|redirect|refused)/.test(asked.behaviour);
  requests.push({
    requestId: String(request.headers['x-request-id']),
    path: request.url ?? '',
    behaviour: asked.behaviour,
    isBounded: asked.answers === 0 || asked.maximum !== undefined,
    billed: isError ? undefined : bill,
    reported: asked.behaviour === 'whole' || asked.behaviour === 'slow',
  });
  await behave(asked, bill, response);
}

interface Asked {
  readonly path: string;
  readonly behaviour: string;
  readonly streaming: boolean;
  /** Answers with output; 0 where the operation makes none. */
  readonly answers: number;
  readonly maximum: number | undefined;
  /** Bytes of the prompt and all around it, but for the members that the gateway sets. */
  readonly bytes: number;
}

function read(request: IncomingMessage, body: Buffer): Asked {
  const path = request.url ?? '';
  if (!String(request.headers['content-type']).startsWith('application/json')) {
    const behaviour = /name="user"\r\n\r\n([a-z0-9-]+)/.exec(body.toString('latin1'))?.[1] ?? 'whole';
    return { path, behaviour, streaming: false, answers: 1, maximum: undefined, bytes: body.length };
  }
  const document = JSON.parse(body.toString()) as Record<string, unknown>;
  const numbers = maxima.map((name) => document[name]).filter((value) => typeof value === 'number');
  const each = Math.max(1, ...['n', 'best_of'].map((name) => Number(document[name] ?? 1)));
  const prompts = Array.isArray(document['prompt']) ? document['prompt'].length : 1;
  return {
    path,
    behaviour: typeof document['user'] === 'string' ? document['user'] : 'whole',
    streaming: document['stream'] === true,
    answers: /embeddings|moderations/.test(path) ? 0 : each * prompts,
    // As careless services do: 0 is no maximum.
    maximum: Math.max(...numbers, 0) || undefined,
    bytes: Buffer.byteLength(JSON.stringify({ ...document, ...setByGateway })),
  };
}

/** A token for every byte, which is the worst that a tokenizer does, and all the output it may make. */
function billOf({ answers, maximum, path, bytes }: Asked): { input: number; output: number } {
  const each = maximum ?? (/audio|images/.test(path) ? 900 : 700);
  return { input: bytes, output: answers * each };
}

async function behave(asked: Asked, bill: { input: number; output: number }, response: ServerResponse) {
  switch (asked.behaviour) {
    case 'hang':
      return;
    case 'slow':
      await pause(150);
      return write(asked, usageOf(asked, bill), response);
    case 'drop-before':
      return void response.destroy();
    case 'error-400':
    case 'error-429':
    case 'error-500':
      return json(response, Number(asked.behaviour.slice(-3)), { error: { message: 'no' } });
    case 'redirect':
      return void response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    case 'refused':
      return json(response, 401, { error: { message: 'no' } });
    case 'encoded':
      return void response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end('x');
    case 'no-usage':
      return write(asked, {}, response);
    case 'broken-usage':
      return write(
        asked,
        { usage: { prompt_tokens: '5', completion_tokens: -3, input_tokens: null } },
        response,
      );
    case 'half-usage':
      return write(asked, { usage: { prompt_tokens: bill.input, input_tokens: bill.input } }, response);
    case 'huge-usage':
      return write(
        asked,
        { usage: { prompt_tokens: 1e300, completion_tokens: 1e300, input_tokens: 1e300 } },
        response,
      );
    default:
      return write(asked, usageOf(asked, bill), response);
  }
}

function usageOf({ path }: Asked, { input, output }: { input: number; output: number }) {
  if (/chat|completions|embeddings/.test(path))
    return { usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output } };
  return { usage: { input_tokens: input, output_tokens: output } };
}

function json(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}

/** An answer of the operation, whole or as a stream; `drop-within` breaks off in the middle. */
async function write(asked: Asked, usage: object, response: ServerResponse): Promise<void> {
  if (!asked.streaming) {
    const text = JSON.stringify({ id: 'x', choices: [], output: [], content: [], data: [], ...usage });
    if (asked.behaviour !== 'drop-within') return json(response, 200, JSON.parse(text) as object);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(text.length + 10),
    });
    response.write(text.slice(0, 20));
    await pause(20);
    return void response.destroy();
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let piece = 0; piece < 4 && !response.destroyed; piece++) {
    response.write(eventOf(asked, `piece ${piece} `));
    await pause(5);
    if (asked.behaviour === 'drop-within' && piece === 2) return void response.destroy();
  }
  response.end(endOf(asked, usage));
}

const event = (document: object): string => `data: ${JSON.stringify(document)}\n\n`;

function eventOf({ path }: Asked, text: string): string {
  if (path.includes('/messages'))
    return event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  if (path.includes('/responses')) return event({ type: 'response.output_text.delta', delta: text });
  return event({ id: 'x', choices: [{ index: 0, delta: { content: text } }] });
}

function endOf({ path }: Asked, usage: object): string {
  if (path.includes('/messages'))
    return (
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, ...usage }) +
      event({ type: 'message_stop' })
    );
  if (path.includes('/responses')) return event({ type: 'response.completed', response: { ...usage } });
  return `${event({ id: 'x', choices: [], ...usage })}data: [DONE]\n\n`;
}
