import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog, systemClock } from '../../src/kernel/index.ts';
import { openKeyStore, openLocalKeys } from '../../src/secrets/index.ts';

const fewestLives = 25;
const mostLives = 400;
const child = join(import.meta.dirname, 'vault-child.ts');

/** Starts a process that makes and destroys keys, and kills it at a random instant. Gives the lines it printed whole. */
async function live(folder: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => process_.kill('SIGKILL'), Math.random() * 80);
    output += text;
  });
  await new Promise((resolve) => {
    process_.once('close', resolve);
  });
  assert.equal(process_.signalCode, 'SIGKILL', 'the child ended by itself');
  return output.split('\n').slice(0, -1);
}

test('kill -9 at any instant loses no key that was acknowledged, and brings none back that was destroyed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-vault-crash-'));
  const made = new Map<string, Buffer>();
  const going = new Set<string>();
  const gone = new Set<string>();
  const enough = () => made.size > 100 && gone.size > 10;
  for (let life = 0; life < mostLives && (life < fewestLives || !enough()); life++) {
    for (const line of await live(folder)) {
      const [word, id = '', sealed = ''] = line.split(' ');
      if (word === 'made') made.set(id, Buffer.from(sealed, 'base64url'));
      if (word === 'going') going.add(id);
      if (word === 'gone') gone.add(id);
    }
    const keys = await openKeyStore({
      folder,
      create: true,
      provider: openLocalKeys(folder, { create: true }),
      prefixes: { subject: 'subj' },
      clock: systemClock,
      log: silentLog,
    });
    for (const id of gone) assert.ok(!keys.has(id), `life ${life}: a destroyed key is back`);
    for (const [id, sealed] of made) {
      // Of one that was being destroyed when the process died either may be so.
      if (gone.has(id) || (going.has(id) && !keys.has(id))) continue;
      assert.ok(keys.has(id), `life ${life}: a key is lost`);
      const text = await keys.unseal(id, { purpose: 'test', about: '' }, sealed);
      assert.equal(text.toString(), await keys.nameOf(id));
    }
    await keys.close();
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.new')),
      [],
    );
    assert.equal(readdirSync(folder).filter((name) => name.startsWith('master-')).length, 1);
  }
  assert.ok(enough(), `only ${made.size} keys were made and ${gone.size} destroyed`);
  rmSync(folder, { recursive: true });
});
