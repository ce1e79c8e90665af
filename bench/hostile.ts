import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { decimals, median, printTable, printTarget } from './figures.ts';
import { filtering, home, startMock } from './gateways.ts';
import { load } from './load.ts';
import { memoryOf } from './process-figures.ts';
import { measuringCore, type Processes } from './processes.ts';

const attacks = [
  'empty objects',
  'many members',
  'text parts',
  'one long text',
  'e-mails',
  'token ids',
  'slow bodies',
  'slow heads',
  'idle connections',
  'bad keys',
];

/** Of the caller whose calls are timed. */
const connections = 16;
const warmUpSeconds = 6;

/**
 * What a normal caller notices of one that attacks: its p99 while each attack runs against its p99 in the turn before, without one. The gateway inspects
 * everything, so that inspection can be attacked too. The attacker has a key of its own, and shares
 * the core of the mock and of the load, behind them.
 */
export async function benchHostile(
  processes: Processes,
  { seconds, rounds }: { readonly seconds: number; readonly rounds: number },
): Promise<void> {
  await startMock(processes, measuringCore);
  const gateway = await filtering.start(processes);
  const { port, headers } = gateway;
  const key = await hostileKey(processes);
  const measure = () => load(processes, { port, headers, connections, seconds });
  await load(processes, { port, headers, connections, seconds: warmUpSeconds });
  const rows: Record<string, string>[] = [];
  let worst = 0;
  for (const name of attacks) {
    const ratios: number[] = [];
    const times: number[] = [];
    let errors = 0;
    for (let round = 0; round < rounds; round++) {
      const before = await measure();
      const stop = await attack({ name, port, key });
      const during = await measure();
      await stop();
      errors += during.errors;
      times.push(during.p99Ms);
      ratios.push(during.p99Ms / before.p99Ms);
    }
    const ratio = median(ratios);
    worst = Math.max(worst, ratio);
    rows.push({
      attack: name,
      'p99 ms': decimals(median(times), 1),
      'p99 over that without': decimals(ratio, 2),
      errors: String(errors),
      'RSS MB': decimals(memoryOf(gateway.process.pid).resident, 0),
    });
  }
  printTable(
    `Hostile: a caller with ${connections} connections beside each attack, ${rounds} rounds of ${seconds} s`,
    rows,
  );
  console.log('\nTargets');
  printTarget(
    'p99 of a normal caller during the worst attack over that without, at most 3',
    worst,
    (value) => value <= 3,
  );
  printTarget(
    'peak memory in MB, at most 1500',
    memoryOf(gateway.process.pid).peak,
    (value) => value <= 1500,
  );
}

/** A key beside that of the normal caller, of the same role. */
async function hostileKey(processes: Processes): Promise<string> {
  const data = join(processes.folder, filtering.name.replaceAll(/\W+/g, '-'));
  const made = await processes.run({
    name: 'hostile keys create',
    core: measuringCore,
    folder: home,
    command: [
      join(home, 'bin/surety'),
      'keys',
      'create',
      '--name',
      'hostile',
      '--role',
      'developer',
      '--expires',
      '1d',
      '--data',
      data,
      '--json',
    ],
  });
  return (JSON.parse(made) as { key: string }).key;
}

async function attack(options: { name: string; port: number; key: string }): Promise<() => Promise<void>> {
  const { name, port, key } = options;
  const child = spawn(
    'nice',
    // Its own work must not keep the mock and the load from theirs: what is measured is what it does to the gateway.
    [
      '-n',
      '19',
      'taskset',
      '-c',
      String(measuringCore),
      process.execPath,
      join(home, 'bench/attack.ts'),
      String(port),
      name,
      key,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await wait(1500);
  if (child.exitCode !== null) throw new Error(`the attack "${name}" ended by itself`);
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await wait(500);
  };
}
