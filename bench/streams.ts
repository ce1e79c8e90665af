import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { decimals, median, printTable, printTarget, quantile } from './figures.ts';
import { filtering, mockPort, startGateways, surety } from './gateways.ts';
import { createMock } from './mock.ts';
import type { Processes } from './processes.ts';

/**
 * What a gateway does to streams: how much later the first byte comes, and how long after a client has gone the service behind hears
 * of it. Client and mock share this process, hence one clock: the mock's own time is taken off each stream, not on average.
 */
const rounds = 3;
const aloneEachRound = 20;
const together = 32;
const cancelledEachRound = 5;
const shortEvents = 3;
const longEvents = 150;
/** A stream of the mock that nobody cancels is over by then. */
const longestMs = longEvents * 10 + 1500;

interface Target {
  readonly name: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface Observed {
  receivedAt?: number;
  firstWrittenAt?: number;
  /** When the service saw the client go; undefined where its stream ran to the end. */
  readonly closed: PromiseWithResolvers<number | undefined>;
}

interface Samples {
  readonly alone: number[];
  readonly crowded: number[];
  readonly cancels: (number | undefined)[];
}

const observed = new Map<string, Observed>();
let lastUser = 0;

function expectStream(): { user: string; seen: Observed } {
  const user = `bench-${++lastUser}`;
  const seen: Observed = { closed: Promise.withResolvers() };
  observed.set(user, seen);
  return { user, seen };
}

interface Opened {
  readonly sent: ClientRequest;
  readonly delayMs: number;
  readonly ended: Promise<unknown>;
}

/** Opens a stream and waits for its first byte. */
async function open(
  agent: Agent,
  { port, headers }: Target,
  events: number,
): Promise<Opened & { seen: Observed }> {
  const { user, seen } = expectStream();
  const body = JSON.stringify({
    model: 'mock',
    stream: true,
    max_tokens: events,
    user,
    messages: [{ role: 'user', content: 'Hello' }],
  });
  const startedAt = performance.now();
  const sent = request({
    agent,
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`a stream was answered with ${response.statusCode}`);
  // A cancelled stream ends in an error that is meant.
  response.on('error', () => {});
  sent.on('error', () => {});
  // Not `once` of node:events, which takes that error for its answer.
  const ended = new Promise((resolve) => response.once('close', resolve));
  await once(response, 'data');
  const wholeMs = performance.now() - startedAt;
  const mockMs = (seen.firstWrittenAt ?? Number.NaN) - (seen.receivedAt ?? Number.NaN);
  return { sent, seen, delayMs: wholeMs - mockMs, ended };
}

async function complete(agent: Agent, target: Target): Promise<number> {
  const { delayMs, ended } = await open(agent, target, shortEvents);
  await ended;
  return delayMs;
}

async function cancel(agent: Agent, target: Target): Promise<number | undefined> {
  const { sent, seen } = await open(agent, target, longEvents);
  const goneAt = performance.now();
  sent.destroy();
  const late = wait(longestMs, undefined, { ref: false });
  const closedAt = await Promise.race([seen.closed.promise, late]);
  return closedAt === undefined ? undefined : closedAt - goneAt;
}

async function sample(target: Target, { alone, crowded, cancels }: Samples): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: together });
  for (let count = 0; count < aloneEachRound; count++) alone.push(await complete(agent, target));
  crowded.push(...(await Promise.all(Array.from({ length: together }, () => complete(agent, target)))));
  cancels.push(
    ...(await Promise.all(Array.from({ length: cancelledEachRound }, () => cancel(agent, target)))),
  );
  agent.destroy();
}

function emptySamples(): Samples {
  return { alone: [], crowded: [], cancels: [] };
}

function createObservedMock() {
  return createMock({
    received: (user, at) => void Object.assign(observed.get(user) ?? {}, { receivedAt: at }),
    wroteFirst: (user, at) => void Object.assign(observed.get(user) ?? {}, { firstWrittenAt: at }),
    closed(user, at, isComplete) {
      observed.get(user)?.closed.resolve(isComplete ? undefined : at);
      observed.delete(user);
    },
  });
}

export async function benchStreams(processes: Processes): Promise<void> {
  const mock = createObservedMock().listen(mockPort, '127.0.0.1');
  await once(mock, 'listening');
  const targets: Target[] = [
    { name: 'mock, direct', port: mockPort, headers: {} },
    ...(await startGateways(processes)),
    await filtering.start(processes),
  ];
  const samples = new Map(targets.map((target) => [target.name, emptySamples()]));
  const discarded = emptySamples();
  for (const target of targets) await sample(target, discarded);
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) await sample(target, samples.get(target.name) ?? discarded);
  }
  mock.closeAllConnections();
  mock.close();
  report(samples);
}

function report(samples: ReadonlyMap<string, Samples>): void {
  const rows = [...samples].map(([gateway, { alone, crowded, cancels }]) => {
    const heard = cancels.filter((time) => time !== undefined);
    return {
      gateway,
      'first byte p50 ms': decimals(median(alone), 2),
      'p99 ms': decimals(quantile(alone, 0.99), 2),
      [`p50 ms (${together})`]: decimals(median(crowded), 2),
      [`p99 ms (${together})`]: decimals(quantile(crowded, 0.99), 2),
      'cancel p50 ms': decimals(median(heard), 1),
      'slowest ms': decimals(Math.max(...heard), 1),
      'not cancelled': `${cancels.length - heard.length} of ${cancels.length}`,
    };
  });
  printTable(
    `Streams: delay of the first byte, one at a time and ${together} at once (the mock's own time taken off), and how long after the client goes the service hears of it`,
    rows,
  );
  const cancels = samples.get(surety.name)?.cancels ?? [];
  const slowest = Math.max(...cancels.map((time) => time ?? Number.POSITIVE_INFINITY));
  console.log('\nTargets');
  const firstByte = (name: string): number => median(samples.get(name)?.alone ?? []);
  printTarget(
    'first byte of a filtered stream in ms, over one that is not, at most 1',
    firstByte(filtering.name) - firstByte(surety.name),
    (value) => value <= 1,
  );
  printTarget(
    'slowest cancel in ms, at most 100',
    Number.isFinite(slowest) ? slowest : longestMs,
    (value) => value <= 100,
  );
}
