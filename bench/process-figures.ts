import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** What the kernel says of a process, all its threads together. Linux only, like the pinning to cores. */
export interface MemoryMb {
  readonly resident: number;
  readonly peak: number;
}

export function memoryOf(pid: number): MemoryMb {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

// USER_HZ is 100 on every Linux there is Node for.
const tickMs = 10;

/** Processor time so far, user and system. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; `utime` and `stime` are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

const idleLookMs = 250;
const idleWithinMs = 10_000;

/** Waits until the work left over from the load is done, so that nobody pays for another's. */
export async function untilIdle(pid: number): Promise<void> {
  let before = cpuMsOf(pid);
  for (const until = performance.now() + idleWithinMs; performance.now() < until; ) {
    await wait(idleLookMs);
    const now = cpuMsOf(pid);
    if (now - before <= tickMs) return;
    before = now;
  }
}
