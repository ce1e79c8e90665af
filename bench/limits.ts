/**
 * What a call pays for its limits: admit, headers and settle with three subjects (key, role, route), each with requests, tokens, cost
 * and concurrency. Run: node bench/limits.ts
 */
import { createLimits, type LimitSet, type LimitSubject } from '../src/enforce/limits/index.ts';
import { noLimits } from '../src/enforce/limits/limit-set.ts';
import { systemClock } from '../src/kernel/index.ts';

const set: LimitSet = {
  requests: [{ amount: 1_000_000_000, per: 'min' }],
  tokens: [{ amount: 1_000_000_000_000, per: 'min' }],
  cost: [{ amount: 1_000_000_000_000_000, per: 'day' }],
  concurrency: 1000,
};
const calls = 2_000_000;

function measure(name: string, run: (index: number) => void): void {
  for (let index = 0; index < 200_000; index++) run(index);
  const before = process.memoryUsage().heapUsed;
  const startedAt = process.hrtime.bigint();
  for (let index = 0; index < calls; index++) run(index);
  const nanoseconds = Number(process.hrtime.bigint() - startedAt) / calls;
  const heapMb = (process.memoryUsage().heapUsed - before) / 1e6;
  console.log(
    `${name.padEnd(44)} ${nanoseconds.toFixed(0).padStart(6)} ns/call  heap ${heapMb.toFixed(1)} MB`,
  );
}

const limits = createLimits({ clock: systemClock, usedSoFar: () => 0 });
const subjects: LimitSubject[] = [
  { scope: 'key', subject: 'key_1', limits: set },
  { scope: 'role', subject: 'developer', limits: set },
  { scope: 'route', subject: '/v1/**', limits: set },
];
const used = { tokens: 700, costNanoUsd: 300_000 };

measure('admit + settle, 3 subjects, 9 meters', () => {
  const result = limits.admit({ subjects, tokens: 1000, costNanoUsd: 500_000 });
  if (!result.ok) throw new Error(`refused by ${result.scope} ${result.measure}`);
  result.settle(used);
});

measure('the same with headers', () => {
  const result = limits.admit({ subjects, tokens: 1000, costNanoUsd: 500_000 });
  if (!result.ok) throw new Error(`refused by ${result.scope} ${result.measure}`);
  result.headers();
  result.settle(used);
});

const address: LimitSet = { ...noLimits, requests: [{ amount: 1000, per: 's' }] };

measure('an address that changes with every call (IPv6)', (index) => {
  const subject = `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`;
  limits.admit({ subjects: [{ scope: 'address', subject, limits: address }], tokens: 0, costNanoUsd: 0 });
});
console.log(`counters held after the flood: ${limits.counters}`);
