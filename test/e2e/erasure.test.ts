import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { restoreBackup } from '../../src/app/restore.ts';
import type { VaultProof } from '../../src/app/vault.ts';
import { type House, openHouse } from '../../src/app/house.ts';
import { loadPolicy } from '../../src/app/policy-in-force.ts';
import { checkReceipt, commitToName, type ErasureReceipt } from '../../src/enforce/privacy/index.ts';
import { Fault, silentLog } from '../../src/kernel/index.ts';
import { verifyLedger } from '../../src/record/index.ts';
import { openLocalKeys } from '../../src/secrets/index.ts';
import { unseal } from '../../src/secrets/envelope/seal.ts';
import { decodeSlot, type Slot, slotBytes } from '../../src/secrets/envelope/slot.ts';
import { openAdmin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
data: { capture: { routes: { /v1/**: { for: 1y } } } }
`;

const erasedName = 'erased-person-4711@example.com';
const keptName = 'kept-person-0815@example.com';
const erasedText = 'what the erased person wrote';
const keptText = 'what the kept person wrote';
const caseText = 'the erased person lives at 1 Example Street';

function* filesUnder(folder: string): Generator<{ path: string; bytes: Buffer }> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile()) yield { path, bytes: readFileSync(path) };
  }
}

/** Bytes as they may stand in a file: raw, or as text. */
const forms = (bytes: Buffer): readonly Buffer[] => [
  bytes,
  ...(['hex', 'base64', 'base64url'] as const).map((encoding) =>
    Buffer.from(bytes.toString(encoding).replace(/=+$/, '')),
  ),
];

const holders = (folders: readonly string[], needle: Buffer): string[] =>
  folders.flatMap((folder) =>
    [...filesUnder(folder)]
      .filter(({ bytes }) => forms(needle).some((form) => bytes.includes(form)))
      .map(({ path }) => path),
  );

const slotsIn = (vault: string): Slot[] => {
  const file = readFileSync(join(vault, 'data-keys'));
  const slots = Array.from({ length: file.length / slotBytes }, (_, index) =>
    decodeSlot(file.subarray(index * slotBytes, (index + 1) * slotBytes)),
  );
  return slots.filter((slot) => typeof slot === 'object');
};

const idOf = ({ id }: Slot): string => `subj_${id.toString('base64url')}`;

async function keyOf(vault: string, slot: Slot): Promise<Buffer> {
  return openLocalKeys(vault, { create: true }).unwrap(
    { masterId: slot.masterId, bytes: slot.wrapped },
    { keyId: slot.id.toString('hex'), purpose: slot.purpose, subject: slot.lookup.toString('hex') },
  );
}

const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.code === code;

describe('an erased subject', () => {
  let admin: TestAdmin;
  let folder: string;
  let backup: string;
  let erased: { id: string; slot: Slot; key: Buffer; row: string; captured: string };
  let kept: { id: string; slot: Slot; captured: string };
  let receipt: ErasureReceipt;
  const salt = 'a-salt-that-is-handed-out';
  const at = (name: string): string => join(folder, '..', name);

  const capture = async (house: House, name: string, prompt: string) => {
    const subject = house.vault.keys.take('subject', name);
    assert.ok(subject);
    house.keeping.capture.capture({
      entryId: house.newId(),
      route: '/v1/**',
      subject,
      prompt,
      answer: prompt,
    });
    await house.keeping.capture.flush();
    const [record] = await house.keeping.captured.list({ subject: subject.id, limit: 1 });
    return { id: subject.id, captured: record?.id ?? '' };
  };

  before(async () => {
    admin = await openAdmin(policy);
    const { house } = admin;
    ({ folder } = house.folder.paths);
    backup = at('backup');
    const [jo, mo] = [await capture(house, erasedName, erasedText), await capture(house, keptName, keptText)];
    const opened = await house.keeping.cases.open(
      { name: erasedName, kind: 'deletion', law: 'gdpr' },
      'owner',
    );
    await house.keeping.cases.verify(opened.id, { how: 'document', note: caseText }, 'owner');
    await house.note('call.decided', { outcome: 'allowed', detail: { subject: jo.id, route: '/v1/**' } });
    const made = await admin.askSocket('POST /api/backup', { input: { out: backup } });
    assert.equal(made.status, 200, made.text);
    const slots = slotsIn(house.folder.paths.vault);
    const [joSlot, moSlot] = [jo, mo].map(({ id }) => slots.find((slot) => idOf(slot) === id));
    assert.ok(joSlot && moSlot);
    const row = await house.store.db
      .selectFrom('captured')
      .select('sealed')
      .where('id', '=', jo.captured)
      .executeTakeFirstOrThrow();
    const key = await keyOf(house.folder.paths.vault, joSlot);
    erased = { ...jo, slot: joSlot, key, row: row.sealed };
    kept = { ...mo, slot: moSlot };
    const commitment = commitToName(salt, erasedName);
    const request = { subject: jo.id, case: opened.id, commitment };
    const { id } = await house.keeping.erasing.erase(request, 'owner');
    receipt = await house.keeping.erasing.receipt(id);
    // By-ways a value could have taken: everything is written out.
    await house.store.db.selectFrom('captured').selectAll().execute();
  });
  after(() => admin.close());

  it('has left what it wrote sealed in the backup, so that the search below is one', () => {
    const store = join(backup, 'store.db');
    assert.ok(readFileSync(store).includes(erased.row), 'the backup does not hold the captured row');
    assert.ok(erased.key.length === 32 && erased.slot.wrapped.length > 32);
    const sealed = Buffer.from(erased.row, 'base64');
    assert.ok(!sealed.includes('erased person'));
    assert.equal(holders([folder], kept.slot.wrapped).length, 1, 'the search finds no key that is there');
  });

  it('is in no byte of the data folder, the database, its log, the ledger or the backup: no value, and nothing that opens one', () => {
    const values = [erasedName, erasedText, caseText, keptName, keptText].map((text) => Buffer.from(text));
    for (const value of values) assert.deepEqual(holders([folder, backup], value), [], value.toString());
    assert.deepEqual(holders([folder, backup], erased.key), [], 'the key');
    assert.deepEqual(holders([folder, backup], erased.slot.wrapped), [], 'the wrapped key');
    assert.deepEqual(holders([folder, backup], erased.slot.name), [], 'the sealed name');
    assert.deepEqual(
      holders([folder, backup], erased.slot.lookup),
      [],
      'what leads from the name to the key',
    );
    assert.ok(readdirSync(folder).includes('store.db-wal'), 'the log of the store was not searched');
  });

  it('is opened by no key that is left', async () => {
    const { vault } = admin.house.folder.paths;
    const sealed = Buffer.from(erased.row, 'base64');
    const keys = await Promise.all(slotsIn(vault).map((slot) => keyOf(vault, slot)));
    assert.ok(keys.length >= 1);
    for (const key of keys)
      for (const purpose of ['captured', 'case', 'name'])
        assert.throws(
          () => unseal(key, sealed, { keyId: erased.id, purpose, about: '' }),
          isFault('seal.broken'),
        );
  });

  it('is not led to by its id: the entries stay, say nobody, and the tree still verifies', async () => {
    const { ledger } = admin.house;
    const kinds = [];
    for await (const { entry } of ledger.search({ subject: erased.id })) kinds.push(entry.kind);
    assert.deepEqual(kinds.toSorted(), ['call.decided', 'case.opened', 'case.verified']);
    const { ledger: ledgerFolder } = admin.house.folder.paths;
    const verified = await verifyLedger({ folder: ledgerFolder, verifierKeys: [ledger.verifierKey] });
    assert.deepEqual([verified.ok, verified.problems], [true, []]);
  });

  it('has a receipt that holds with the public key alone, for its name and salt, and not when anything in it is changed', () => {
    const keys = [receipt.verifierKey];
    const subject = { name: erasedName, salt };
    const check = (changed: unknown, more: object = {}) =>
      checkReceipt({ receipt: changed, verifierKeys: keys, subject, ...more }).ok;
    const read: unknown = JSON.parse(JSON.stringify(receipt));
    assert.ok(check(read));
    assert.ok(check(read, { subject: undefined }));
    assert.ok(!JSON.stringify(receipt).includes(erasedName));
    const { entry, proof } = receipt;
    const changes: unknown[] = [
      { ...receipt, erasure: 'ers_other' },
      { ...receipt, entry: { ...entry, target: 'subj_other' } },
      { ...receipt, entry: { ...entry, at: '2020-01-01T00:00:00.000Z' } },
      { ...receipt, entry: { ...entry, detail: { ...entry.detail, captured: 0 } } },
      { ...receipt, proof: { ...proof, index: proof.index + 1 } },
      { ...receipt, proof: { ...proof, hashes: [...proof.hashes, proof.leafHash] } },
      { ...receipt, proof: { ...proof, checkpoint: proof.checkpoint.replace(/\d+/, '999') } },
      { ...receipt, format: 'surety-erasure-receipt-2' },
      {},
      null,
      'receipt',
    ];
    for (const changed of changes) assert.ok(!check(changed), JSON.stringify(changed)?.slice(0, 100));
    assert.ok(!check(read, { subject: { name: keptName, salt } }));
    assert.ok(!check(read, { subject: { name: erasedName, salt: 'another' } }));
    assert.ok(!check(read, { verifierKeys: [] }));
  });

  describe('in a backup from before', () => {
    const reopen = async (dataFolder: string, vaultProof: VaultProof = 'same') =>
      openHouse({
        dataFolder,
        create: false,
        policy: await loadPolicy(at('surety.yaml'), admin.clock.now()),
        clock: admin.clock,
        log: silentLog,
        vaultProof,
      });
    /** As the command does it: opened once before it has its name. */
    const opening = (vaultProof: VaultProof) => async (dataFolder: string) =>
      (await reopen(dataFolder, vaultProof)).close();

    it('is not restored over keys of a server that runs', async () => {
      await assert.rejects(
        restoreBackup({ from: backup, dataFolder: at('running'), keysFrom: folder }),
        isFault('data.locked'),
      );
    });

    it('stays erased, and another is read', async () => {
      await admin.api.close();
      await admin.house.close();
      await restoreBackup({
        from: backup,
        dataFolder: at('restored'),
        keysFrom: folder,
        open: opening('restored'),
      });
      const house = await reopen(at('restored'));
      try {
        const { captured, subjects } = house.keeping;
        assert.equal((await captured.read(kept.captured, 'support', 'owner')).prompt, keptText);
        assert.equal((await subjects.describe(kept.id)).name, keptName);
        assert.equal((await captured.find(erased.captured))?.readable, false);
        await assert.rejects(captured.read(erased.captured, 'support', 'owner'), isFault('data.erased'));
        await assert.rejects(subjects.describe(erased.id), isFault('api.not-found'));
        assert.equal(subjects.find({ name: erasedName }), undefined);
        const [found] = await house.keeping.cases.of(erased.id);
        assert.deepEqual(await house.keeping.cases.words(found?.id ?? ''), {});
      } finally {
        await house.close();
      }
      for (const needle of [erased.key, erased.slot.wrapped, erased.slot.name, Buffer.from(erasedName)])
        assert.deepEqual(holders([at('restored')], needle), []);
    });

    it('restored without the keys reads nobody, and says nothing wrong', async () => {
      await restoreBackup({ from: backup, dataFolder: at('keyless'), open: opening('any') });
      const house = await reopen(at('keyless'));
      try {
        for (const id of [kept.captured, erased.captured])
          await assert.rejects(house.keeping.captured.read(id, 'support', 'owner'), isFault('data.erased'));
      } finally {
        await house.close();
      }
    });
  });
});

describe('everything in a data folder', () => {
  let admin: TestAdmin;
  before(async () => {
    admin = await openAdmin(policy);
  });
  after(() => admin.close());

  it('has a rule of how long it is kept, table by table and file by file', async () => {
    const { house } = admin;
    const classes = await house.keeping.retention.status();
    const named = new Set(classes.flatMap(({ where }) => where));
    const tables = (await house.store.db.introspection.getTables()).map(({ name }) => name);
    assert.ok(tables.length > 15);
    assert.deepEqual(
      tables.filter((name) => !named.has(name)),
      [],
    );
    const { folder } = house.folder.paths;
    const files = readdirSync(folder, { withFileTypes: true })
      .map((file) => (file.isDirectory() ? `${file.name}/` : file.name))
      // SQLite's own, beside the file they belong to.
      .map((name) => name.replace(/-(wal|shm|journal)$/, ''));
    assert.deepEqual(
      files.filter((name) => !named.has(name)),
      [],
    );
    for (const one of classes) assert.ok(one.keepMs !== undefined || (one.why?.length ?? 0) > 10, one.name);
    const places = classes.flatMap(({ where }) => where);
    assert.equal(new Set(places).size, places.length, 'something has two rules');
  });
});
