import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { bodyReadingOf, createPlaceholders, inspectBody } from '../src/enforce/privacy/index.ts';
import { type JsonObject, parseStrictJson } from '../src/kernel/index.ts';
import { decimals, median, quantile } from './figures.ts';
import { prompts } from './prompts.ts';
import { contestants, everything, isHere, type Redact } from './redactors.ts';

/**
 * What redaction costs: prompts of 4 KB with every detector on, against a loop over the same patterns and two packages that look for part of
 * them. All take turns within each round, on one core, each in a process of its own: none pays for the garbage and the compiled code of
 * another. Run: node bench/privacy.ts [ROUNDS] [--json]
 */
interface Turn {
  readonly bytesPerMs: number;
  readonly samplesMs: readonly number[];
}

const sizes = prompts.map((prompt) => Buffer.byteLength(prompt));

/** Long enough for the clock and the compiler, short enough for the slow ones. */
const turnMs = 400;
/** Turns that do not count: what is compiled in the background costs the same core. */
const warmingTurns = 5;

async function turn(redact: Redact): Promise<Turn> {
  const samplesMs: number[] = [];
  let bytes = 0;
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  for (let index = 0; performance.now() - startedAt < turnMs || index < prompts.length; index++) {
    const prompt = prompts[index % prompts.length] ?? '';
    const beganAt = performance.now();
    const result = redact(prompt);
    if (typeof result !== 'number') await result;
    samplesMs.push(performance.now() - beganAt);
    bytes += sizes[index % sizes.length] ?? 0;
  }
  // Of the processor, so that what else runs on the machine is not counted.
  const { user, system } = process.cpuUsage(cpu);
  return { bytesPerMs: bytes / ((user + system) / 1000), samplesMs };
}

/** A chat request with a prompt in it, from its bytes to the rewritten body: what the gate adds to a call. */
function bodyMs(): number {
  const samples: number[] = [];
  const bodies = prompts.map((prompt) =>
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: prompt }] })),
  );
  for (let index = 0; index < 4000; index++) {
    const parsed = parseStrictJson(bodies[index % bodies.length] ?? Buffer.alloc(0), 64);
    if (!parsed.ok) throw new Error(parsed.problem);
    const beganAt = performance.now();
    const body = {
      reading: bodyReadingOf('chat.completions'),
      direction: 'request',
      document: parsed.value as JsonObject,
      text: parsed.text,
    } as const;
    const inspection = inspectBody(everything, body);
    if (!inspection.ok) throw inspection.error;
    inspection.redact(-1, createPlaceholders());
    samples.push(performance.now() - beganAt);
  }
  return quantile(samples.slice(samples.length / 2), 0.5);
}

/** In the process of one contestant: a turn for every message. */
async function takeTurns(name: string): Promise<void> {
  const redact = await contestants.find((one) => one.name === name)?.load();
  if (!redact) throw new Error(`There is no contestant ${name}.`);
  process.on('message', () => void turn(redact).then((result) => process.send?.(result)));
  process.send?.('ready');
}

async function openContestant(name: string): Promise<{ child: ChildProcess; turn(): Promise<Turn> }> {
  // On one core V8's helpers for collecting garbage would only take the core from what they help.
  const child = fork(import.meta.filename, ['--contestant', name], { execArgv: ['--single-threaded-gc'] });
  await once(child, 'message');
  return {
    child,
    async turn() {
      child.send('turn');
      const [result] = (await once(child, 'message')) as [Turn];
      return result;
    },
  };
}

async function measure(rounds: number): Promise<void> {
  const here = contestants.filter(isHere);
  const opened = new Map<string, Awaited<ReturnType<typeof openContestant>>>();
  for (const { name } of here) opened.set(name, await openContestant(name));
  for (const one of opened.values()) for (let count = 0; count < warmingTurns; count++) await one.turn();
  const turns = new Map(here.map(({ name }) => [name, [] as Turn[]]));
  for (let round = 0; round < rounds; round++)
    for (const [name, one] of opened) turns.get(name)?.push(await one.turn());
  for (const { child } of opened.values()) child.disconnect();

  const own = turns.get('Surety') ?? [];
  const rows = [...turns].map(([redactor, all]) => {
    const samples = all.flatMap(({ samplesMs }) => samplesMs);
    const ratios = all.map(({ bytesPerMs }, round) => (own[round]?.bytesPerMs ?? Number.NaN) / bytesPerMs);
    return {
      redactor,
      'MB/s': decimals(median(all.map(({ bytesPerMs }) => bytesPerMs)) / 1000, 1),
      'Surety is faster by': `${decimals(median(ratios), 1)}×`,
      'p50 ms, 4 KB': decimals(quantile(samples, 0.5), 3),
      'p99 ms': decimals(quantile(samples, 0.99), 3),
    };
  });
  const missing = contestants.filter((one) => !isHere(one)).map(({ name }) => name);
  const figures = { rows, missing, bodyP50Ms: bodyMs() };
  if (process.argv.includes('--json')) return console.log(JSON.stringify(figures));
  console.table(rows);
  console.log(`a chat request of 4 KB, inspected and rewritten: p50 ${decimals(figures.bodyP50Ms, 3)} ms`);
  for (const name of missing) console.log(`${name} is not installed and left out`);
}

const asked = process.argv.indexOf('--contestant');
if (asked > 0) await takeTurns(process.argv[asked + 1] ?? '');
else await measure(Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 5));
