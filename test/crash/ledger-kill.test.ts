import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createUuidFactory, silentLog, systemClock } from '../../src/kernel/index.ts';
import { openLedger, verifyLedger } from '../../src/record/index.ts';

const lives = 200;
const livesPerFolder = 20;
const lanes = 2;
const child = join(import.meta.dirname, 'ledger-child.ts');

interface Life {
  readonly key: string | undefined;
  readonly acknowledged: readonly string[];
}

/** Starts a process that appends, and kills it at a random instant: mostly while it appends, at times while it opens. */
async function live(folder: string): Promise<Life> {
  const process_ = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let killing: NodeJS.Timeout | undefined;
  const killWithin = (milliseconds: number) => {
    clearTimeout(killing);
    killing = setTimeout(() => process_.kill('SIGKILL'), Math.random() * milliseconds);
  };
  const duringOpening = Math.random() < 0.2;
  if (duringOpening) killWithin(250);
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '' && !duringOpening) killWithin(60);
    output += text;
  });
  await new Promise((resolve) => {
    process_.once('close', resolve);
  });
  clearTimeout(killing);
  assert.equal(process_.signalCode, 'SIGKILL', 'the child ended by itself');
  const lines = output.split('\n').slice(0, -1);
  const key = lines.find((line) => line.startsWith('key '))?.slice(4);
  return { key, acknowledged: lines.filter((line) => !line.startsWith('key ')) };
}

async function readIds(folder: string): Promise<string[]> {
  const ledger = await openLedger({
    folder: join(folder, 'ledger'),
    indexFile: join(folder, 'reader.sqlite'),
    keysFolder: join(folder, 'keys'),
    origin: 'crash.example/ledger',
    clock: systemClock,
    log: silentLog,
    newId: createUuidFactory(systemClock),
    cursors: { load: async () => 0, save: async () => {} },
    options: { reserveBytes: 4096 },
  });
  const ids: string[] = [];
  for await (const { entry } of ledger.search({})) ids.push(entry.id);
  await ledger.close();
  return ids;
}

async function runLane(count: number): Promise<{ acknowledged: number; unsignedSeen: number }> {
  let total = 0;
  let unsignedSeen = 0;
  for (let done = 0; done < count; done += livesPerFolder) {
    const folder = mkdtempSync(join(tmpdir(), 'surety-crash-'));
    const acknowledged: string[] = [];
    let key: string | undefined;
    for (let life = 0; life < livesPerFolder; life++) {
      const { key: seen, acknowledged: ids } = await live(folder);
      key ??= seen;
      acknowledged.push(...ids);
      if (!key || !existsSync(join(folder, 'ledger/checkpoint'))) continue;
      const { problems, size, unsigned } = await verifyLedger({
        folder: join(folder, 'ledger'),
        verifierKeys: [key],
      });
      assert.deepEqual(problems, [], `life ${done + life} in ${folder}`);
      assert.ok(
        size >= acknowledged.length,
        `life ${done + life}: ${size} of ${acknowledged.length} in ${folder}`,
      );
      if (unsigned > 0) unsignedSeen += 1;
    }
    const kept = new Set(await readIds(folder));
    assert.deepEqual(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    );
    total += acknowledged.length;
    rmSync(folder, { recursive: true });
  }
  return { acknowledged: total, unsignedSeen };
}

test('kill -9 at 200 random instants loses no acknowledged entry, and the ledger verifies each time', async () => {
  const results = await Promise.all(Array.from({ length: lanes }, () => runLane(lives / lanes)));
  const sum = (read: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + read(result), 0);
  assert.ok(sum(({ acknowledged }) => acknowledged) > lives, 'the processes lived long enough to append');
  assert.ok(
    sum(({ unsignedSeen }) => unsignedSeen) > 0,
    'some were killed between an acknowledgement and a checkpoint',
  );
});
