import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  createNoteSigner,
  isOrigin,
  isVerifierKey,
  openNote,
  openOwnCheckpoint,
  parseVerifierKeys,
} from './note.ts';

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

const sameMeaning = (text: Buffer) => {
  const opened = openNote(text, [signer.verifierKey]);
  return opened.ok || openOwnCheckpoint(text, [signer.verifierKey]).ok;
};

test('no byte can be added to a checkpoint, taken from it or put in place of another', () => {
  const note = Buffer.from(signer.sign(head));
  assert.ok(sameMeaning(note));
  const bytes = ['\0', '\n', '\r', ' ', '+', '=', '0', 'A', '\u2014', '\x80', '\xff'].map((text) =>
    Buffer.from(text, text.charCodeAt(0) > 0xff ? 'utf8' : 'latin1'),
  );
  for (let index = 0; index <= note.length; index++) {
    const [before, after] = [note.subarray(0, index), note.subarray(index)];
    const changed = bytes.flatMap((more) => [
      Buffer.concat([before, more, after]),
      Buffer.concat([before, more, after.subarray(1)]),
    ]);
    if (index < note.length) changed.push(Buffer.concat([before, after.subarray(1)]), before);
    for (const one of changed)
      if (!one.equals(note)) assert.ok(!sameMeaning(one), JSON.stringify(one.toString('latin1')));
  }
});

test('what follows the signatures of a checkpoint is refused, and so are lines that are none', () => {
  const note = signer.sign(head);
  const [line] = note.split('\n').slice(-2);
  for (const more of [
    'x',
    '\n',
    ' ',
    '\0',
    `${line}`,
    `${line}\n`,
    '\u2014 w\n',
    '\u2014 w YQ==\n',
    '\u2014 w\tYWJjZGU=\n',
    '- w YWJjZGU=\n',
    '\u2014 w YWJjZGV=\n',
    '\u2014  YWJjZGU=\n',
    'text\n',
  ])
    assert.ok(!sameMeaning(Buffer.from(note + more)), JSON.stringify(more));
  const witnessed = `${note}\u2014 w YWJjZGU=\n`;
  assert.ok(openNote(witnessed, [signer.verifierKey]).ok, 'the signature of a witness is passed over');
  assert.ok(!openOwnCheckpoint(Buffer.from(witnessed), [signer.verifierKey]).ok, 'not in the own folder');
  const many = Array.from({ length: 101 }, (_, index) => `\u2014 w${index} YWJjZGU=\n`).join('');
  assert.ok(!openNote(note + many, [signer.verifierKey]).ok);
});

test('a size is written in one way and can be counted exactly', () => {
  const root = head.root.toString('base64');
  for (const size of ['01', '+1', '1.0', '1e3', '0x1', '', '9007199254740992', '99999999999999999999', '-1'])
    assert.ok(!openNote(signer.signText(`${origin}\n${size}\n${root}\n`), [signer.verifierKey]).ok, size);
  for (const body of [
    `${origin}\n7\n${root}\nmore\n`,
    `${origin}\n7\n${root}\n\n`,
    `${origin}\n7\n${root.replace('=', '')}\n`,
  ])
    assert.ok(!openNote(signer.signText(body), [signer.verifierKey]).ok, body);
});

test('a file of verifier keys holds whole keys, each once, and nothing else', () => {
  const other = createNoteSigner(origin, pem()).verifierKey;
  const file = `${signer.verifierKey}\n${other}\n`;
  assert.deepEqual(parseVerifierKeys(Buffer.from(file)), [signer.verifierKey, other]);
  const wrong = [
    '',
    '\n',
    file.slice(0, -1),
    `${file}\n`,
    `${file}${other}\n`,
    file.replace('\n', '\r\n'),
    ` ${file}`,
  ];
  for (const text of wrong)
    assert.equal(parseVerifierKeys(Buffer.from(text)), undefined, JSON.stringify(text));
  const bytes = Buffer.from(file);
  for (let index = 0; index < bytes.length; index++) {
    const cut = Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + 1)]);
    assert.equal(parseVerifierKeys(cut), undefined);
    for (const more of [0x00, 0x0a, 0x20, 0x41, 0xff]) {
      const added = Buffer.concat([bytes.subarray(0, index), Buffer.from([more]), bytes.subarray(index)]);
      assert.equal(parseVerifierKeys(added), undefined);
    }
  }
});
