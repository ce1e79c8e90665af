import type { ServerResponse } from 'node:http';
import OpenAI from 'openai';
import type { Entry } from '../../src/record/index.ts';
import { chatChunk, type SeenRequest, startService, type TestService } from './service.ts';
import { canaryPrompt, startSurety, type TestServer } from './surety.ts';

const policyOf = (service: TestService) => `
version: 1
gate:
  deadlines: { reader: 1s, drain: 2s }
  upstreams:
    service: { url: ${service.url}, private: true }
    claude: { url: ${service.url}, private: true }
  routes:
    - { match: /v1/**, wire: openai, models: { m: service } }
    - { match: /anthropic/**, wire: anthropic, models: { m: claude } }
identity:
  roles:
    developer: { may: [call /v1/**, call /anthropic/**], models: [m] }
    counted: { may: [call /v1/**], models: [m], limits: { tokens: 200/min } }
limits:
  prices:
    m: { input: 1 USD/M, cached: 0.1 USD/M, output: 10 USD/M, reasoning: 20 USD/M }
`;

export const messages = [{ role: 'user' as const, content: `Say ${canaryPrompt}` }];
export const chat = { model: 'm', messages, stream: true } as const;

const firstEvents: Readonly<Record<string, string>> = {
  '/v1/chat/completions': chatChunk('m', 'first '),
  '/v1/responses': `event: response.output_text.delta\ndata: ${JSON.stringify({ type: 'response.output_text.delta', delta: 'first ', item_id: 'i', output_index: 0, content_index: 0, sequence_number: 0, logprobs: [] })}\n\n`,
  '/v1/messages': `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 5, output_tokens: 1 } } })}\n\n`,
};

/** A stream that has begun and goes on when the test says. */
export interface HeldStream {
  readonly request: SeenRequest;
  readonly response: ServerResponse;
}

export interface StreamTest {
  readonly service: TestService;
  readonly server: TestServer;
  readonly key: string;
  clientOf(apiKey: string): OpenAI;
  /** Waits for the end of a call with this outcome. */
  finished(outcome: string, enough?: (entry: Entry) => boolean): Promise<Entry>;
  /** Resolves with the next stream that the service has begun. */
  held(): Promise<HeldStream>;
  /** Before each test: the service begins streams and holds them. */
  reset(): void;
  close(): Promise<void>;
}

/** A service whose streams begin and are held, behind a gate. */
export async function startStreams(): Promise<StreamTest> {
  const service = await startService();
  const server = await startSurety({ policy: policyOf(service) });
  const { key } = await server.createKey('developer');
  let begun = Promise.withResolvers<HeldStream>();
  return {
    service,
    server,
    key,
    clientOf: (apiKey) => new OpenAI({ baseURL: `${server.gate}/v1`, apiKey, maxRetries: 0 }),
    async finished(outcome, enough = () => true) {
      const found = await server.waitForEntries(
        ['--kind', 'call.finished', '--outcome', outcome],
        (entries) => entries.some(enough),
      );
      return found.find(enough) as Entry;
    },
    async held() {
      const stream = await begun.promise;
      begun = Promise.withResolvers();
      return stream;
    },
    reset() {
      begun = Promise.withResolvers();
      service.behave((request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(firstEvents[request.path] ?? '');
        begun.resolve({ request, response });
      });
    },
    async close() {
      await server.dispose();
      await service.close();
    },
  };
}
