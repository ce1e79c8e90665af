import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measuringCore, type Processes } from './processes.ts';

export interface LoadOptions {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadFigures {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx or 3xx, and connections that broke. */
  readonly errors: number;
}

const path = '/v1/chat/completions';
const bodyBytes = 1024;

function requestBody(): string {
  const words = (length: number) =>
    'The quick brown fox jumps over the lazy dog. '.repeat(40).slice(0, length);
  const body = (content: string) => JSON.stringify({ model: 'mock', messages: [{ role: 'user', content }] });
  return body(words(bodyBytes - body('').length));
}

/** Puts wrk on a gateway: as many calls as it answers, each connection sending its next when it has the answer to its last. */
export async function load(
  processes: Processes,
  { port, headers, connections, seconds }: LoadOptions,
): Promise<LoadFigures> {
  const script = join(processes.folder, `load-${port}.lua`);
  writeFileSync(script, luaScript({ ...headers, 'content-type': 'application/json' }), { mode: 0o600 });
  const output = await processes.run({
    name: 'wrk',
    core: measuringCore,
    command: [
      'wrk',
      '-t',
      '1',
      '-c',
      String(connections),
      '-d',
      `${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      script,
      `http://127.0.0.1:${port}${path}`,
    ],
  });
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk said nothing that is understood: ${output}`);
  const { calls, microseconds, p50, p99, errors } = JSON.parse(line) as Record<
    'calls' | 'microseconds' | 'p50' | 'p99' | 'errors',
    number
  >;
  return {
    calls,
    callsPerSecond: calls / (microseconds / 1e6),
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
    errors,
  };
}

function luaScript(headers: Readonly<Record<string, string>>): string {
  const text = (value: string) => `[==[${value}]==]`;
  return `
wrk.method = "POST"
wrk.body = ${text(requestBody())}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[ ${text(name)} ] = ${text(value)}`)
  .join('\n')}
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"calls":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}
