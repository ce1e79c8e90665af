import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Fault, silentLog, systemClock } from '../kernel/index.ts';
import { type House, openHouse } from './house.ts';
import { loadPolicy } from './policy-in-force.ts';

const folder = mkdtempSync(join(tmpdir(), 'surety-vault-proof-'));
after(() => rmSync(folder, { recursive: true }));
/** As the file of keys is made of. */
const slotBytes = 1024;
const policyFile = join(folder, 'surety.yaml');
writeFileSync(
  policyFile,
  'version: 1\ngate: { upstreams: { echo: { builtin: echo } }, routes: [{ name: chat, match: /v1/**, wire: openai, models: { echo: echo } }] }\nidentity: { roles: { developer: { may: [call /v1/**] } } }\ndata: { capture: { routes: { chat: {} } } }\n',
);

async function open(dataFolder: string, adopt = false): Promise<House> {
  const policy = await loadPolicy(policyFile, 0);
  return openHouse({ dataFolder, create: true, policy, clock: systemClock, log: silentLog, adopt });
}

async function capture(house: House, name: string): Promise<string> {
  const subject = house.vault.keys.take('subject', name);
  assert.ok(subject);
  const prompt = `what ${name} wrote`;
  house.keeping.capture.capture({ entryId: house.newId(), route: 'chat', subject, prompt, answer: prompt });
  await house.keeping.capture.flush();
  return subject.id;
}

/** A closed data folder. `content`: with something captured; else with nothing but subjects, whose keys the store does not name. */
async function used(name: string, content = true): Promise<string> {
  const dataFolder = join(folder, name);
  const house = await open(dataFolder);
  for (const person of ['a', 'b', 'c']) {
    if (content) await capture(house, person);
    else await house.vault.keys.take('subject', person)?.kept;
  }
  await house.close();
  return dataFolder;
}

const snapshot = (path: string): Readonly<Record<string, string>> =>
  existsSync(path)
    ? Object.fromEntries(
        readdirSync(path, { withFileTypes: true }).map((item) => [
          item.name,
          item.isFile() ? hash('sha256', readFileSync(join(path, item.name))) : 'folder',
        ]),
      )
    : {};

/** Each way of losing the vault or a part of it; `other` is the vault of another installation. */
const losses: Readonly<Record<string, (vault: string, other: string) => void>> = {
  'the folder is missing': (vault) => rmSync(vault, { recursive: true }),
  'an empty mount point is in its place': (vault) => {
    rmSync(vault, { recursive: true });
    mkdirSync(vault, { mode: 0o755 });
  },
  'a fresh file system is in its place': (vault) => {
    rmSync(vault, { recursive: true });
    mkdirSync(join(vault, 'lost+found'), { recursive: true, mode: 0o700 });
  },
  'data-keys is missing': (vault) => rmSync(join(vault, 'data-keys')),
  'data-keys is empty': (vault) => truncateSync(join(vault, 'data-keys'), 0),
  'data-keys is all zeros': (vault) => {
    const file = join(vault, 'data-keys');
    writeFileSync(file, Buffer.alloc(readFileSync(file).length));
  },
  'data-keys is random': (vault) => {
    const file = join(vault, 'data-keys');
    writeFileSync(file, crypto.getRandomValues(new Uint8Array(readFileSync(file).length)));
  },
  'names.key is missing': (vault) => rmSync(join(vault, 'names.key')),
  'names.key is another': (vault, other) => cpSync(join(other, 'names.key'), join(vault, 'names.key')),
  'the master key is missing': (vault) => rmSync(join(vault, 'master-1.key')),
  'the master key is another': (vault, other) =>
    cpSync(join(other, 'master-1.key'), join(vault, 'master-1.key')),
  'the master key is all zeros': (vault) => writeFileSync(join(vault, 'master-1.key'), Buffer.alloc(44)),
  'data-keys is of another vault': (vault, other) =>
    cpSync(join(other, 'data-keys'), join(vault, 'data-keys')),
  'it is another vault': (vault, other) => {
    rmSync(vault, { recursive: true });
    cpSync(other, vault, { recursive: true });
  },
  'it is another vault without its name': (vault, other) => {
    rmSync(vault, { recursive: true });
    cpSync(other, vault, { recursive: true });
    rmSync(join(vault, 'installation'));
  },
};

for (const content of [true, false])
  test(`a vault that is missing, empty, zeroed, cut or of another installation is refused, and nothing is made in its place (${content ? 'with' : 'without'} captured content)`, async () => {
    const base = await used(`base-${content}`, content);
    const other = join(await used(`other-${content}`, content), 'vault');
    for (const [how, lose] of Object.entries(losses)) {
      const dataFolder = join(folder, 'lost');
      rmSync(dataFolder, { recursive: true, force: true });
      cpSync(base, dataFolder, { recursive: true });
      const vault = join(dataFolder, 'vault');
      lose(vault, other);
      const before = snapshot(vault);
      for (let start = 1; start <= 2; start++)
        await assert.rejects(
          open(dataFolder),
          (error) => error instanceof Fault && /^data\.(?:mismatch|unusable)$/.test(error.code),
          `${how}, start ${start}`,
        );
      assert.deepEqual(snapshot(vault), before, how);
    }
  });

test('a vault in which keys are zeroed that opened something in the store is refused', async () => {
  const base = await used('partly');
  const size = readFileSync(join(base, 'vault/data-keys')).length / slotBytes;
  for (let index = 0; index < size; index++) {
    const dataFolder = join(folder, 'partly-copy');
    rmSync(dataFolder, { recursive: true, force: true });
    cpSync(base, dataFolder, { recursive: true });
    const file = join(dataFolder, 'vault/data-keys');
    const bytes = readFileSync(file);
    bytes.fill(0, index * slotBytes, (index + 1) * slotBytes);
    writeFileSync(file, bytes);
    await assert.rejects(
      open(dataFolder),
      (error) => error instanceof Fault && error.code === 'data.mismatch',
      `slot ${index} of ${size}`,
    );
  }
});

test('a vault of before an erasure is refused, and destroys the key again when it is adopted', async () => {
  const dataFolder = await used('older');
  const old = join(folder, 'older-vault');
  cpSync(join(dataFolder, 'vault'), old, { recursive: true });
  const house = await open(dataFolder);
  const id = house.vault.keys.find('subject', 'a') ?? '';
  await house.keeping.erasing.erase({ subject: id }, 'owner');
  await house.close();
  rmSync(join(dataFolder, 'vault'), { recursive: true });
  cpSync(old, join(dataFolder, 'vault'), { recursive: true });
  await assert.rejects(
    open(dataFolder),
    (error) => error instanceof Fault && /destroyed by an erasure/.test(error.message),
  );
  const adopted = await open(dataFolder, true);
  assert.equal(adopted.vault.keys.has(id), false);
  await adopted.close();
  await (await open(dataFolder)).close();
});

test('a vault that is lost is begun anew by "surety adopt" alone, which the ledger records, and is proven from then on', async () => {
  const dataFolder = await used('begun-anew');
  const vault = join(dataFolder, 'vault');
  rmSync(vault, { recursive: true });
  await assert.rejects(open(dataFolder), (error) => error instanceof Fault && /adopt/.test(error.action));
  await (await open(dataFolder, true)).close();
  const house = await open(dataFolder);
  const problems: unknown[] = [];
  for await (const { entry } of house.ledger.search({ kind: 'system.adopted' }))
    problems.push(entry.detail?.['problems']);
  assert.equal(problems.length, 1);
  assert.match(JSON.stringify(problems), /not those of this installation/);
  await house.close();
  rmSync(vault, { recursive: true });
  await assert.rejects(open(dataFolder), (error) => error instanceof Fault && error.code === 'data.mismatch');
});

test('a key of the pseudonyms that was replaced is refused until it is adopted', async () => {
  const dataFolder = await used('pseudonyms');
  const other = await used('pseudonyms-other');
  cpSync(join(other, 'keys/pseudonyms.key'), join(dataFolder, 'keys/pseudonyms.key'));
  await assert.rejects(
    open(dataFolder),
    (error) => error instanceof Fault && /pseudonyms\.key is another/.test(error.message),
  );
  await (await open(dataFolder, true)).close();
  await (await open(dataFolder)).close();
});

test('after a first start that a crash cut off at any step the next one goes on', async () => {
  const parts = ['vault', 'vault/data-keys', 'vault/names.key', 'vault/installation', 'installation'];
  for (const part of parts) {
    const dataFolder = join(folder, 'first-start');
    rmSync(dataFolder, { recursive: true, force: true });
    await (await open(dataFolder)).close();
    // As it was before the store knew of the vault and the ledger had begun.
    for (const name of readdirSync(dataFolder))
      if (/^(?:store\.db|ledger|index\.db)/.test(name)) rmSync(join(dataFolder, name), { recursive: true });
    if (!part.endsWith('names.key') || !existsSync(join(dataFolder, 'vault/data-keys')))
      rmSync(join(dataFolder, part), { recursive: true });
    else for (const name of ['data-keys', 'names.key']) rmSync(join(dataFolder, 'vault', name));
    rmSync(join(dataFolder, 'installation'), { force: true });
    rmSync(join(dataFolder, 'keys/installation'), { force: true });
    rmSync(join(dataFolder, 'vault/installation'), { force: true });
    await (await open(dataFolder)).close();
  }
});
