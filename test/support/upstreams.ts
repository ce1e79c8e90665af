import assert from 'node:assert/strict';
import type { FaultCode } from '../../src/kernel/index.ts';
import type { Entry } from '../../src/record/index.ts';
import {
  answerChat,
  type Behaviour,
  type SeenRequest,
  sendJson,
  startService,
  type TestService,
} from './service.ts';
import { canaryPrompt, startSurety, type TestServer } from './surety.ts';

/** The upstreams of a policy, by name: settings beside the address of the test's own service, or a whole section. */
export type UpstreamSettings = Readonly<Record<string, { readonly own?: string; readonly section?: string }>>;

export interface UpstreamTest {
  readonly service: TestService;
  readonly server: TestServer;
  readonly key: string;
  readonly policy: string;
  /** What the service does, by the first segment of the path, which is the upstream's name. */
  readonly behaviours: Map<string, Behaviour>;
  send(model: string, more?: SendOptions): Promise<Response>;
  seenBy(name: string): SeenRequest[];
  /** Expects a refusal in the gate's own words, recorded, without the address of the service. */
  refused(
    answer: Promise<Response>,
    status: number,
    code: FaultCode,
  ): Promise<{ response: Response; text: string }>;
  outcomeOf(response: Response): Promise<Entry | undefined>;
  /** Before each test: nothing seen, every service answers. */
  reset(): void;
  close(): Promise<void>;
}

interface SendOptions {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream?: boolean;
}

function policyOf(service: TestService, upstreams: UpstreamSettings, models: readonly string[]): string {
  const sections = Object.entries(upstreams).map(
    ([name, { own, section }]) =>
      `    ${name}: ${section ?? `{ url: "${service.url}/${name}/v1", private: true${own === undefined ? '' : `, ${own}`} }`}`,
  );
  return `
version: 1
gate:
  retries: { tries: 3, budget: 1, wait: 2s }
  upstreams:
${sections.join('\n')}
  routes:
    - match: /v1/**
      wire: openai
      models:
${[...Object.keys(upstreams).map((name) => `${name}: ${name}`), ...models].map((line) => `        ${line}`).join('\n')}
    - { match: /agents/**, to: "${service.url}/agents", private: true }
    - { match: /keyed-agents/**, to: "${service.url}/agents", private: true, credential: "env:AGENT_CREDENTIAL" }
identity:
  roles:
    developer: { may: [call /v1/**, call /agents/**, call /keyed-agents/**] }
`;
}

/** A service under many names behind a gate; each name behaves as the test says. */
export async function startUpstreams(options: {
  upstreams(service: TestService): UpstreamSettings;
  models?: readonly string[];
  secrets?: readonly string[];
  health?: () => number;
}): Promise<UpstreamTest> {
  const behaviours = new Map<string, Behaviour>();
  const service = await startService((request, response) => {
    if (request.path === '/health') return sendJson(response, options.health?.() ?? 200, {});
    return (behaviours.get(request.path.split('/')[1] ?? '') ?? answerChat())(request, response);
  });
  const policy = policyOf(service, options.upstreams(service), options.models ?? []);
  const agentCredential = 'agent-credential-9914';
  const server = await startSurety({
    policy,
    secrets: [agentCredential, ...(options.secrets ?? [])],
    environment: { AGENT_CREDENTIAL: agentCredential },
  });
  const { key } = await server.createKey('developer');
  return {
    service,
    server,
    key,
    policy,
    behaviours,
    send(model, { body, headers, stream } = {}) {
      const chat = { model, messages: [{ role: 'user', content: canaryPrompt }], ...(stream && { stream }) };
      return fetch(`${server.gate}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: body ?? JSON.stringify(chat),
      });
    },
    seenBy: (name) => service.seen.filter(({ path }) => path.startsWith(`/${name}/`)),
    async refused(answer, status, code) {
      const response = await answer;
      const text = await response.text();
      assert.equal(response.status, status, text);
      assert.equal((JSON.parse(text) as { error: { code: string } }).error.code, code);
      assert.match(response.headers.get('surety-entry') ?? '', /^[0-9a-f-]{36}$/);
      assert.ok(!/127\.0\.0\.1|localhost/.test(text), 'the address of the service left the gate');
      return { response, text };
    },
    async outcomeOf(response) {
      const entry = response.headers.get('surety-entry');
      const found = await server.waitForEntries(['--kind', 'call.finished'], (entries) =>
        entries.some(({ detail }) => detail?.['decision'] === entry),
      );
      return found.find(({ detail }) => detail?.['decision'] === entry);
    },
    reset() {
      behaviours.clear();
      behaviours.set('agents', (_request, response) =>
        sendJson(response, 200, {}, { 'content-length': '2' }),
      );
      service.seen.length = 0;
    },
    async close() {
      await server.dispose();
      await service.close();
    },
  };
}

/** Fails so many times, then answers. */
export function failing(
  times: number,
  status = 500,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  let left = times;
  return (request, response) => {
    if (left-- > 0) return sendJson(response, status, { error: { message: 'unwell' } }, headers);
    return answerChat()(request, response);
  };
}
