import { decimals, median, printTable, printTarget } from './figures.ts';
import {
  mockPort,
  pipe,
  portkey,
  startGateways,
  startMock,
  type StartedGateway,
  surety,
} from './gateways.ts';
import { load, type LoadFigures } from './load.ts';
import { cpuMsOf, memoryOf, untilIdle } from './process-figures.ts';
import { measuringCore, type Processes } from './processes.ts';

const many = 32;
/** V8 goes on optimizing for some fifty thousand calls; a gateway runs for days. */
const warmUpSeconds = 10;

interface Turn {
  readonly many: LoadFigures;
  readonly one: LoadFigures;
  /** Processor time of the gateway, with what it does after the last answer, for each call of the turn with many connections. */
  readonly cpuMicroseconds: number;
}

interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly turns: Turn[];
}

async function takeTurn(
  processes: Processes,
  { port, headers, pid }: Contestant,
  seconds: number,
): Promise<Turn> {
  const cpuBefore = cpuMsOf(pid);
  const manyFigures = await load(processes, { port, headers, connections: many, seconds });
  await untilIdle(pid);
  const cpuMs = cpuMsOf(pid) - cpuBefore;
  const one = await load(processes, { port, headers, connections: 1, seconds: Math.ceil(seconds / 2) });
  await untilIdle(pid);
  return { many: manyFigures, one, cpuMicroseconds: (cpuMs * 1000) / manyFigures.calls };
}

/**
 * Calls a second, what a gateway adds to the mock's own time, and memory. The gateways take turns (A B C A B C …), since a machine has
 * better and worse minutes; a figure is the median over its turns, a ratio the median of the ratios within each round.
 */
export async function benchCalls(
  processes: Processes,
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<void> {
  const mock = await startMock(processes, measuringCore);
  const contestants: Contestant[] = [
    { name: 'mock, direct', port: mockPort, headers: {}, pid: mock.pid, turns: [] },
    ...(await startGateways(processes)).map(contestantOf),
  ];
  for (const { port, headers } of contestants)
    await load(processes, { port, headers, connections: many, seconds: warmUpSeconds });
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants)
      contestant.turns.push(await takeTurn(processes, contestant, seconds));
  }
  report(contestants, `${rounds} rounds of ${seconds} s`);
}

function contestantOf({ name, port, headers, process: { pid } }: StartedGateway): Contestant {
  return { name, port, headers, pid, turns: [] };
}

type Measure = (turn: Turn) => number;

function report(contestants: readonly Contestant[], extent: string): void {
  const find = (name: string) => contestants.find((contestant) => contestant.name === name);
  const direct = contestants[0];
  const over = (contestant: Contestant, measure: Measure) => median(contestant.turns.map(measure));
  const added = (contestant: Contestant, measure: Measure) =>
    direct && contestant !== direct ? decimals(over(contestant, measure) - over(direct, measure), 2) : '';
  const ratio = (contestant: Contestant | undefined, other: Contestant | undefined) =>
    contestant && other
      ? median(
          contestant.turns.map(
            (turn, round) =>
              turn.many.callsPerSecond / (other.turns[round]?.many.callsPerSecond ?? Number.NaN),
          ),
        )
      : Number.NaN;
  const rows = contestants.map((contestant) => {
    const memory = memoryOf(contestant.pid);
    return {
      gateway: contestant.name,
      'calls/s': decimals(
        over(contestant, ({ many: { callsPerSecond } }) => callsPerSecond),
        0,
      ),
      '× pipe': decimals(ratio(contestant, find(pipe.name)), 2),
      '× portkey': decimals(ratio(contestant, find(portkey.name)), 1),
      'p50 +ms': added(contestant, (turn) => turn.many.p50Ms),
      'p99 +ms': added(contestant, (turn) => turn.many.p99Ms),
      'p50 +ms (1)': added(contestant, (turn) => turn.one.p50Ms),
      'p99 +ms (1)': added(contestant, (turn) => turn.one.p99Ms),
      'CPU µs/call': decimals(
        over(contestant, ({ cpuMicroseconds }) => cpuMicroseconds),
        0,
      ),
      'RSS MB': decimals(memory.resident, 0),
      'peak MB': decimals(memory.peak, 0),
      errors: String(contestant.turns.reduce((sum, turn) => sum + turn.many.errors + turn.one.errors, 0)),
    };
  });
  printTable(`Calls: 1 KB request, ${many} connections, and 1 connection where marked (1); ${extent}`, rows);
  console.log('\nTargets');
  printTarget(
    'calls/s against portkey, at least 12',
    ratio(find(surety.name), find(portkey.name)),
    (value) => value >= 12,
  );
  printTarget(
    'calls/s against the bare pipe, at least 0.8',
    ratio(find(surety.name), find(pipe.name)),
    (value) => value >= 0.8,
  );
}
