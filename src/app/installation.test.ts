import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { Fault, silentLog, systemClock } from '../kernel/index.ts';
import { type House, openHouse } from './house.ts';
import { loadPolicy } from './policy-in-force.ts';

const folder = mkdtempSync(join(tmpdir(), 'surety-installation-'));
after(() => rmSync(folder, { recursive: true }));
const policyFile = join(folder, 'surety.yaml');
writeFileSync(
  policyFile,
  'version: 1\ngate: { upstreams: { echo: { builtin: echo } }, routes: [{ match: /v1/**, wire: openai, models: { echo: echo } }] }\nidentity: { roles: { developer: { may: [call /v1/**] } } }\n',
);

async function open(dataFolder: string, adopt = false): Promise<House> {
  const policy = await loadPolicy(policyFile, 0);
  return openHouse({ dataFolder, create: true, policy, clock: systemClock, log: silentLog, adopt });
}

/** A folder with a key in it, closed. */
async function used(name: string): Promise<string> {
  const dataFolder = join(folder, name);
  const house = await open(dataFolder);
  await createKey(house);
  await house.close();
  return dataFolder;
}

async function createKey(house: House): Promise<string> {
  const made = await house.keys.create({ name: 'k', role: 'developer', expiresInMs: 86_400_000 }, 'owner');
  return made.record.id;
}

const copy = (from: string, name: string): string => {
  cpSync(from, join(folder, name), { recursive: true });
  return join(folder, name);
};

const isMismatch = (about: RegExp) => (thrown: unknown) =>
  thrown instanceof Fault && thrown.code === 'data.mismatch' && about.test(thrown.message);

/** Refused twice, since the first try must not have made what was missing; adopted by name, it opens, and says so in the ledger. */
async function refusedUntilAdopted(dataFolder: string, about: RegExp): Promise<void> {
  await assert.rejects(open(dataFolder), isMismatch(about));
  await assert.rejects(open(dataFolder), isMismatch(about));
  const house = await open(dataFolder, true);
  const kinds: string[] = [];
  for await (const { entry } of house.ledger.search({ kind: 'system.adopted' })) kinds.push(entry.kind);
  assert.equal(kinds.length, 1);
  await createKey(house);
  await house.close();
  await (await open(dataFolder)).close();
}

describe('a data folder', () => {
  test('whose store is gone is not given an empty one beside a ledger', async () => {
    const dataFolder = await used('no-store');
    for (const name of readdirSync(dataFolder).filter((one) => one.startsWith('store.db')))
      rmSync(join(dataFolder, name));
    await refusedUntilAdopted(dataFolder, /store\.db is missing/);
  });

  test('whose store is older than its ledger does not start, since revocations would be undone', async () => {
    const dataFolder = await used('yesterday');
    const old = copy(dataFolder, 'yesterday-copy');
    const house = await open(dataFolder);
    await createKey(house);
    await house.close();
    for (const name of readdirSync(dataFolder).filter((one) => one.startsWith('store.db')))
      rmSync(join(dataFolder, name));
    cpSync(join(old, 'store.db'), join(dataFolder, 'store.db'));
    await refusedUntilAdopted(dataFolder, /The store is older than the ledger/);
  });

  test('whose store is older does not start either while the newest changes are in the journal alone', async () => {
    const dataFolder = await used('crashed');
    const old = copy(dataFolder, 'crashed-copy');
    const house = await open(dataFolder);
    await createKey(house);
    // As a crash leaves it: nothing closed.
    const crashed = copy(dataFolder, 'crashed-live');
    await house.close();
    for (const name of readdirSync(crashed).filter((one) => /^(?:store\.db|lock)/.test(one)))
      rmSync(join(crashed, name));
    cpSync(join(old, 'store.db'), join(crashed, 'store.db'));
    await assert.rejects(open(crashed), isMismatch(/The store is older than the ledger/));
  });

  test('whose key of pseudonyms is gone is not given another', async () => {
    const dataFolder = await used('no-pseudonyms');
    rmSync(join(dataFolder, 'keys/pseudonyms.key'));
    await refusedUntilAdopted(dataFolder, /keys\/pseudonyms\.key is missing/);
  });

  test('whose keys are gone, or whose mount for them is late, gets no new ones', async () => {
    for (const how of ['gone', 'empty']) {
      const dataFolder = await used(`no-keys-${how}`);
      renameSync(join(dataFolder, 'keys'), join(dataFolder, '..', `keys-aside-${how}`));
      if (how === 'empty') mkdirSync(join(dataFolder, 'keys'), { mode: 0o700 });
      await assert.rejects(open(dataFolder), isMismatch(/pseudonyms\.key is missing/));
      await assert.rejects(
        open(dataFolder, true),
        (thrown) => thrown instanceof Fault && /no signing key/.test(thrown.message),
      );
    }
  });

  test('whose ledger is gone does not begin another history in silence', async () => {
    const dataFolder = await used('no-ledger');
    rmSync(join(dataFolder, 'ledger'), { recursive: true });
    await refusedUntilAdopted(dataFolder, /The ledger is missing/);
  });

  test('with the store, or the ledger with its keys, of another installation does not start', async () => {
    const [one, other] = [await used('one'), await used('other')];
    const store = copy(one, 'foreign-store');
    for (const name of readdirSync(store).filter((file) => file.startsWith('store.db')))
      rmSync(join(store, name));
    cpSync(join(other, 'store.db'), join(store, 'store.db'));
    await refusedUntilAdopted(store, /of different installations|of another installation/);
    const ledger = copy(one, 'foreign-ledger');
    for (const part of ['ledger', 'keys']) {
      rmSync(join(ledger, part), { recursive: true });
      cpSync(join(other, part), join(ledger, part), { recursive: true });
    }
    await refusedUntilAdopted(ledger, /of different installations|is another one than before/);
  });

  test('of a version that named nothing is named at its first start, whatever a crash left of that', async () => {
    const dataFolder = await used('unnamed');
    const names = ['installation', 'keys/installation'].map((name) => join(dataFolder, name));
    const [first] = names.map((name) => readFileSync(name, 'utf8'));
    for (const name of names) rmSync(name);
    await (await open(dataFolder)).close();
    assert.deepEqual(
      names.map((name) => readFileSync(name, 'utf8')),
      [first, first],
    );
    for (const name of names) rmSync(name);
    const store = new DatabaseSync(join(dataFolder, 'store.db'));
    store.exec(
      "DELETE FROM installation; DELETE FROM migrations WHERE name = '0010-installation'; DROP TABLE installation",
    );
    store.close();
    // Entries of that version carry no numbers: here they do, so the count is taken over.
    await assert.rejects(open(dataFolder), isMismatch(/knows 0 changes/));
    await (await open(dataFolder, true)).close();
    await (await open(dataFolder)).close();
    for (const name of names) assert.match(readFileSync(name, 'utf8'), /^ins_\w+\n$/);
  });

  test('with a damaged name is refused', async () => {
    const dataFolder = await used('damaged');
    for (const text of ['', 'ins_', 'ins_x y\n', 'ins_0123456789abcdefgh', 'ins_0123456789abcdefgh\n\n']) {
      writeFileSync(join(dataFolder, 'installation'), text);
      await assert.rejects(
        open(dataFolder),
        (thrown) => thrown instanceof Fault && thrown.code === 'data.unusable',
        text,
      );
    }
  });
});
