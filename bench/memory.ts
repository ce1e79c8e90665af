import { statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { decimals, median, printTable, printTarget } from './figures.ts';
import { startMock, surety } from './gateways.ts';
import { load } from './load.ts';
import { memoryOf } from './process-figures.ts';
import { measuringCore, type Processes } from './processes.ts';

const connections = 32;
const sampleEveryMs = 1000;
/** The part of the run in which the heap finds its size. */
const warmUpPart = 0.2;
const rowsShown = 10;
/** A call at full speed leaves this much in the ledger and its index, roughly; the run does not begin where it might fill the disk. */
const diskBytesPerMinute = 2 * 1024 ** 3;

/** Whether memory stays where it is under load: the first quarter after the warm-up against the last. */
export async function benchMemory(processes: Processes, minutes: number): Promise<void> {
  const { bavail, bsize } = await statfs(processes.folder);
  if (bavail * bsize < minutes * diskBytesPerMinute) {
    throw new Error(
      `${minutes} minutes of load may write ${minutes * 2} GiB to ${processes.folder}; set TMPDIR to a larger disk, or give fewer --minutes.`,
    );
  }
  await startMock(processes, measuringCore);
  const gateway = await surety.start(processes);
  const samples: number[] = [];
  const done = new AbortController();
  const loading = load(processes, {
    port: gateway.port,
    headers: gateway.headers,
    connections,
    seconds: Math.round(minutes * 60),
  }).finally(() => done.abort());
  while (!done.signal.aborted) {
    await wait(sampleEveryMs, undefined, { signal: done.signal }).catch(() => {});
    if (!done.signal.aborted) samples.push(memoryOf(gateway.process.pid).resident);
  }
  const { calls, errors } = await loading;
  report(samples, { minutes, calls, errors, peak: memoryOf(gateway.process.pid).peak });
}

function report(
  samples: readonly number[],
  run: { minutes: number; calls: number; errors: number; peak: number },
): void {
  const step = Math.max(1, Math.ceil(samples.length / rowsShown));
  const rows = Array.from({ length: Math.ceil(samples.length / step) }, (_, row) => {
    const part = samples.slice(row * step, (row + 1) * step);
    return {
      'seconds of load': `${row * step}–${row * step + part.length}`,
      'RSS MB, median': decimals(median(part), 0),
      most: decimals(Math.max(...part), 0),
    };
  });
  printTable(
    `Memory: ${run.minutes} minutes, ${connections} connections, ${run.calls} calls, ${run.errors} errors, peak ${decimals(run.peak, 0)} MB`,
    rows,
  );
  const warm = samples.slice(Math.floor(samples.length * warmUpPart));
  const quarter = Math.floor(warm.length / 4);
  const [first, last] = [median(warm.slice(0, quarter)), median(warm.slice(-quarter))];
  console.log('\nTargets');
  printTarget(
    `drift in % from ${decimals(first, 0)} MB (first quarter after warm-up) to ${decimals(last, 0)} MB (last quarter), within ±10`,
    quarter > 0 ? ((last - first) / first) * 100 : undefined,
    (value) => Math.abs(value) <= 10,
  );
}
