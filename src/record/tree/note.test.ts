import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createNoteSigner, isOrigin, isVerifierKey, openNote } from './note.ts';

const pem = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const origin = 'ai.example.com/ledger';
const signer = createNoteSigner(origin, pem());
const head = { origin, size: 70_000, root: Buffer.alloc(32, 7) };

test('a checkpoint opens with its key and says what was signed', () => {
  const note = signer.sign(head);
  assert.match(
    note,
    /^ai\.example\.com\/ledger\n70000\n[A-Za-z0-9+/]{43}=\n\n— ai\.example\.com\/ledger [A-Za-z0-9+/]+=*\n$/,
  );
  assert.deepEqual(openNote(note, [signer.verifierKey]), { ok: true, head, verifierKey: signer.verifierKey });
});

test('a verifier key published by another implementation is read, and a changed one is not', () => {
  // From the documentation of golang.org/x/mod/sumdb/note.
  const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  assert.ok(isVerifierKey(key));
  assert.ok(!isVerifierKey(key.replace('c74f20a3', 'c74f20a4')));
  assert.ok(!isVerifierKey(key.replace('Neumann', 'Naumann')));
});

test('a checkpoint signed by a key that is not known is refused', () => {
  const other = createNoteSigner(origin, pem());
  const opened = openNote(other.sign(head), [signer.verifierKey]);
  assert.deepEqual(opened, { ok: false, problem: 'no known key has signed it' });
});

test('during a rotation either key opens, and a witness beside them does no harm', () => {
  const next = createNoteSigner(origin, pem());
  const witness = createNoteSigner('witness.example', pem());
  const line = witness
    .sign({ ...head, origin: 'witness.example' })
    .split('\n')
    .at(-2);
  const note = `${next.sign(head)}${line}\n`;
  const opened = openNote(note, [signer.verifierKey, next.verifierKey]);
  assert.ok(opened.ok);
  assert.equal(opened.verifierKey, next.verifierKey);
});

test('a key of another name cannot sign for this ledger', () => {
  const other = createNoteSigner('other.example/ledger', pem());
  assert.ok(!openNote(other.sign(head), [other.verifierKey]).ok);
});

test('no byte of a checkpoint can be changed', () => {
  const note = Buffer.from(signer.sign(head));
  for (let index = 0; index < note.length; index++) {
    for (const flip of [1, 0x20, 0x80]) {
      const changed = Buffer.from(note);
      changed[index] = (changed[index] ?? 0) ^ flip;
      assert.ok(!openNote(changed.toString('latin1'), [signer.verifierKey]).ok);
      assert.ok(!openNote(changed.toString(), [signer.verifierKey]).ok, `byte ${index}`);
    }
  }
});

test('an origin is a name that fits into a signature line and a verifier key', () => {
  assert.ok(isOrigin(origin));
  for (const bad of ['', 'with space', 'with+plus', 'new\nline', 'ümlaut']) assert.ok(!isOrigin(bad), bad);
});
