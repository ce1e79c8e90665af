/**
 * What redaction costs: prompts of 4 KB with every detector on, against a loop over the same patterns and two packages that look for part of
 * them. All take turns within each round, on one core. Run: node bench/privacy.ts [ROUNDS] [--json]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createClassifier,
  createPlaceholders,
  dataSchema,
  bodyReadingOf,
  inspectBody,
  Redactor,
} from '../src/enforce/privacy/index.ts';
import { type JsonObject, parseStrictJson } from '../src/kernel/index.ts';
import { decimals, median, quantile } from './figures.ts';
import { redactNaively } from './naive-redaction.ts';
import { prompts } from './prompts.ts';

const classifier = createClassifier(dataSchema.parse({ detect: 'all' }));
const peers = join(import.meta.dirname, 'peers/node_modules');

interface Contestant {
  readonly name: string;
  /** Gives how many things it found or replaced, so that nothing is optimised away. */
  run(prompt: string): number | Promise<number>;
}

function redact(prompt: string): number {
  let found = 0;
  const redactor = new Redactor({
    classifier,
    writing: 'text',
    placeholders: createPlaceholders(),
    ceiling: -1,
    onFinding: () => found++,
  });
  const text = redactor.finish(prompt);
  return text.length > 0 ? found : -1;
}

const contestants: Contestant[] = [
  { name: 'Surety', run: redact },
  { name: 'loop over the same patterns', run: redactNaively },
];
const missing: string[] = [];

async function addPeer(
  name: string,
  path: string,
  make: (module: never) => Contestant['run'],
): Promise<void> {
  const file = join(peers, path);
  if (!existsSync(file)) return void missing.push(name);
  contestants.push({ name, run: make((await import(pathToFileURL(file).href)) as never) });
}

await addPeer(
  'redact-pii',
  'redact-pii/lib/index.js',
  ({
    default: { SyncRedactor },
  }: {
    default: { SyncRedactor: new () => { redact(text: string): string } };
  }) => {
    const redactor = new SyncRedactor();
    return (prompt) => redactor.redact(prompt).length;
  },
);
await addPeer(
  'secretlint',
  '@secretlint/core/module/index.js',
  ({ lintSource }: { lintSource(options: object): Promise<{ messages: unknown[] }> }) => {
    const preset = import(
      pathToFileURL(join(peers, '@secretlint/secretlint-rule-preset-recommend/module/index.js')).href
    );
    return async (prompt) => {
      const { creator } = (await preset) as { creator: object };
      const result = await lintSource({
        source: { content: prompt, filePath: 'prompt.txt', ext: '.txt', contentType: 'text' },
        options: {
          noPhysicFilePath: true,
          config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] },
        },
      });
      return result.messages.length;
    };
  },
);

const sizes = prompts.map((prompt) => Buffer.byteLength(prompt));

/** Long enough for the clock and the compiler, short enough for the slow ones. */
const turnMs = 400;

async function turn({ run }: Contestant): Promise<{ bytesPerMs: number; samplesMs: number[] }> {
  const samplesMs: number[] = [];
  let bytes = 0;
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  for (let index = 0; performance.now() - startedAt < turnMs || index < prompts.length; index++) {
    const prompt = prompts[index % prompts.length] ?? '';
    const beganAt = performance.now();
    const result = run(prompt);
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
    const inspection = inspectBody(classifier, body);
    if (!inspection.ok) throw inspection.error;
    inspection.redact(-1, createPlaceholders());
    samples.push(performance.now() - beganAt);
  }
  return quantile(samples.slice(samples.length / 2), 0.5);
}

const rounds = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 5);
for (const contestant of contestants) await turn(contestant);
const turns = new Map(contestants.map(({ name }) => [name, [] as Awaited<ReturnType<typeof turn>>[]]));
for (let round = 0; round < rounds; round++)
  for (const contestant of contestants) turns.get(contestant.name)?.push(await turn(contestant));

const own = turns.get('Surety') ?? [];
const rows = contestants.map(({ name }) => {
  const all = turns.get(name) ?? [];
  const samples = all.flatMap(({ samplesMs }) => samplesMs);
  return {
    redactor: name,
    'MB/s': decimals(median(all.map(({ bytesPerMs }) => bytesPerMs)) / 1000, 1),
    'Surety is faster by': `${decimals(median(all.map(({ bytesPerMs }, round) => (own[round]?.bytesPerMs ?? Number.NaN) / bytesPerMs)), 1)}×`,
    'p50 ms, 4 KB': decimals(quantile(samples, 0.5), 3),
    'p99 ms': decimals(quantile(samples, 0.99), 3),
  };
});
const figures = { rows, missing, bodyP50Ms: bodyMs() };
if (process.argv.includes('--json')) console.log(JSON.stringify(figures));
else {
  console.table(rows);
  console.log(`a chat request of 4 KB, inspected and rewritten: p50 ${decimals(figures.bodyP50Ms, 3)} ms`);
  for (const name of missing) console.log(`${name} is not installed and left out`);
}
