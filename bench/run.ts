import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCalls } from './calls.ts';
import { printTable, printTarget } from './figures.ts';
import { home, missingLoader } from './gateways.ts';
import { benchHostile } from './hostile.ts';
import { benchMemory } from './memory.ts';
import { measuredCore, measuringCore, openProcesses, type Processes } from './processes.ts';
import { benchStreams } from './streams.ts';
import { benchTokens } from './tokens.ts';

/**
 * `npm run bench`: Surety with everything on against other gateways on the same mock, in one run on this machine. Loopback only; what it
 * starts it ends, also on Ctrl-C. Targets stand beside the figures; the exit code says only whether the measuring worked.
 */
const usage =
  'npm run bench -- [--only gate|streams|hostile|memory|ledger|limits|tokens|privacy|scan] [--seconds N] [--rounds N] [--minutes N]';

interface Amounts {
  readonly seconds: number;
  readonly rounds: number;
  readonly minutes: number;
}

const parts: Readonly<Record<string, (processes: Processes, amounts: Amounts) => Promise<void>>> = {
  gate: benchCalls,
  streams: benchStreams,
  ledger: benchLedger,
  limits: benchLimits,
  tokens: benchTokens,
  privacy: benchPrivacy,
  scan: benchScan,
  hostile: benchHostile,
  memory: (processes, { minutes }) => benchMemory(processes, minutes),
};

async function benchLedger(processes: Processes, { seconds }: Amounts): Promise<void> {
  const command: [string, ...string[]] = [
    process.execPath,
    join(home, 'bench/ledger.ts'),
    String(seconds),
    '--json',
  ];
  const rows = JSON.parse(await processes.run({ name: 'the ledger', core: measuredCore, command })) as Record<
    string,
    number
  >[];
  printTable(
    `Ledger: durable entries with tiles, signatures and search index, one core, ${seconds} s each`,
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))),
  );
  console.log('\nTargets');
  const best = Math.max(...rows.map((row) => row['entries/s'] ?? 0));
  printTarget('durable entries/s (best row), at least 50000', best, (value) => value >= 50_000);
}

async function benchLimits(processes: Processes): Promise<void> {
  const command: [string, ...string[]] = [process.execPath, join(home, 'bench/limits.ts')];
  const lines = await processes.run({ name: 'the limits', core: measuredCore, command });
  console.log(`\nLimits: what a call pays for being counted\n\n${lines.trimEnd()}`);
}

interface PrivacyFigures {
  readonly rows: readonly Record<string, string>[];
  readonly missing: readonly string[];
  readonly bodyP50Ms: number;
}

async function benchScan(processes: Processes): Promise<void> {
  const command: [string, ...string[]] = [process.execPath, join(home, 'bench/scan.ts')];
  const rows = JSON.parse(await processes.run({ name: 'the scan', core: measuredCore, command })) as Record<
    string,
    number
  >[];
  printTable(
    'Scan: Deployments of forty lines, a hundred to a file, one core',
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))),
  );
  const rates = rows.map((row) => row['warm/s'] ?? 0);
  console.log('\nTargets');
  const most = Math.max(...rows.map((row) => row['over parsing %'] ?? Infinity));
  printTarget('checks over parsing alone, %, at most 30', most, (value) => value <= 30);
  const growth = (rates[0] ?? 0) / (rates.at(-1) ?? 1);
  printTarget(
    'resources/s of the smallest over those of the largest, at most 1.5',
    growth,
    (value) => value <= 1.5,
  );
}

async function benchPrivacy(processes: Processes, { rounds }: Amounts): Promise<void> {
  const command: [string, ...string[]] = [
    process.execPath,
    join(home, 'bench/privacy.ts'),
    String(rounds),
    '--json',
  ];
  const said = await processes.run({ name: 'redaction', core: measuredCore, command });
  const { rows, missing, bodyP50Ms } = JSON.parse(said) as PrivacyFigures;
  printTable(`Redaction: prompts of 4 KB, every detector, one core, ${rounds} rounds`, rows);
  for (const name of missing) console.log(`left out: ${name} (npm ci --prefix bench/peers --ignore-scripts)`);
  console.log('\nTargets');
  printTarget('MB/s of prompts, at least 60', Number(rows[0]?.['MB/s']), (value) => value >= 60);
  printTarget(
    'p50 ms of a chat request of 4 KB, inspected and rewritten, at most 0.2',
    bodyP50Ms,
    (value) => value <= 0.2,
  );
}

function within(text: string, { name, least, most }: { name: string; least: number; most: number }): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new RangeError(`--${name} is a number from ${least} to ${most}.\n${usage}`);
}

function readArguments(): { names: readonly string[]; amounts: Amounts } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '10' },
    },
  });
  const names = values.only ?? Object.keys(parts);
  const unknown = names.find((name) => !(name in parts));
  if (unknown !== undefined) throw new RangeError(`There is no part ${unknown}.\n${usage}`);
  return {
    names,
    amounts: {
      seconds: within(values.seconds, { name: 'seconds', least: 1, most: 120 }),
      rounds: within(values.rounds, { name: 'rounds', least: 1, most: 20 }),
      minutes: within(values.minutes, { name: 'minutes', least: 0.1, most: 120 }),
    },
  };
}

/** Each part has processes of its own, so that none is measured with the leftovers of another. */
async function runParts({ names, amounts }: ReturnType<typeof readArguments>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Leaving runs the `exit` listener of the processes, which ends them.
    process.once(signal, () => process.exit(130));
  }
  // The client and mock of the streams run in this process.
  const pinning = await openProcesses();
  await pinning.run({
    name: 'taskset',
    core: measuringCore,
    command: ['taskset', '-a', '-c', '-p', String(measuringCore), String(process.pid)],
  });
  await pinning.close();
  for (const name of names) {
    const processes = await openProcesses();
    try {
      await parts[name]?.(processes, amounts);
    } finally {
      await processes.close();
    }
  }
}

try {
  const asked = readArguments();
  const missing = asked.names.some(
    (name) => name === 'gate' || name === 'memory' || name === 'tokens' || name === 'hostile',
  )
    ? missingLoader()
    : undefined;
  if (missing !== undefined) throw new RangeError(missing);
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Linux ${release()}, Node.js ${process.version}`,
  );
  if (measuredCore === measuringCore)
    console.log('There is one core: what is measured shares it with what measures.');
  await runParts(asked);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
