import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readForm } from '../../src/enforce/gate/steps/form.ts';
import { findStoredState } from '../../src/enforce/gate/wire/stored-state.ts';
import { surveyDocument } from '../../src/enforce/gate/wire/survey.ts';
import { Fault, type JsonObject, parseStrictJson } from '../../src/kernel/index.ts';

/** What another parser made of what the gateway let through. */
interface Reading {
  readonly documents: readonly (JsonObject | null)[];
  readonly forms: readonly {
    readonly error: string;
    readonly fields: readonly (readonly [string, string, string])[] | null;
  }[];
}

interface LetThrough {
  readonly documents: readonly string[];
  readonly forms: readonly { readonly contentType: string; readonly body: string }[];
}

const support = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'surety-readings-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, argv: readonly string[], input: string): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(command, argv, {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return undefined;
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Undefined where the machine has no such parser. */
const parsers: Readonly<Record<string, (through: LetThrough) => Reading | undefined>> = {
  Go({ documents, forms }) {
    const program = join(folder, 'readings');
    if (run('go', ['build', '-o', program, support('readings.go')], '') === undefined) return undefined;
    const read = run(program, [], JSON.stringify(documents) + JSON.stringify(forms));
    return read === undefined ? undefined : (JSON.parse(read) as Reading);
  },
  Python({ documents, forms }) {
    const read = run('python3', [support('readings.py')], JSON.stringify([documents, forms]));
    return read === undefined ? undefined : (JSON.parse(read) as Reading);
  },
};

/** Names that mean something, or would to a parser that folds them. */
const names = [
  'model',
  'Model',
  'MODEL',
  'max_tokens',
  'Max_Tokens',
  'max_to\u212Aens',
  'store',
  '\u017Ftore',
  'stream',
  'Stream',
];
const documents = fc
  .array(
    fc.tuple(
      fc.constantFrom(...names, 'messages', 'x', 'mod\\u0065l', 'user'),
      fc.constantFrom(
        '"cheap"',
        '"expensive"',
        '1',
        '100000',
        'true',
        'false',
        'null',
        '[]',
        '[{"role":"user","content":"x"}]',
        '[{"Role":"user"}]',
      ),
    ),
    { maxLength: 6 },
  )
  .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`);

function letThrough(text: string): JsonObject | undefined {
  const parsed = parseStrictJson(Buffer.from(text), 64);
  if (!parsed.ok) return undefined;
  const document = parsed.value as JsonObject;
  return (findStoredState(document, false) ?? surveyDocument(document).problem) ? undefined : document;
}

/** Forms that two parsers read differently: repeated headers, other spellings of names, junk around boundaries, a second boundary. */
const boundaries = ['A', '--A', 'A--x', 'B'] as const;
const heads = [
  'content-disposition: form-data; name="model"',
  'content-disposition: form-data; name=model',
  'content-disposition: form-data; name="user"; name="model"',
  'content-disposition: form-data; name="user"; name*=UTF-8\'\'model',
  'content-disposition: form-data; name="user"\r\ncontent-disposition: form-data; name="model"',
  'Content-Disposition: form-data; name="Model"',
  'content-disposition: form-data; name="file"; filename="a.wav"\r\ncontent-type: audio/wav',
  'content-disposition: form-data; name="user"\r\ncontent-transfer-encoding: base64',
];
const forms = fc.record({
  contentType: fc.constantFrom(
    'multipart/form-data; boundary=A',
    'multipart/form-data; boundary="A"',
    'multipart/form-data; boundary=A; boundary=B',
    'multipart/form-data; charset=utf-8; boundary=A',
  ),
  preamble: fc.constantFrom('', 'junk\r\n', '--A--x\r\n', '--B\r\n'),
  parts: fc.array(
    fc.record({
      boundary: fc.constantFrom(...boundaries),
      head: fc.constantFrom(...heads),
      value: fc.constantFrom('cheap', 'expensive', '--A', 'x\r\n--B\r\ny', 'ZXhwZW5zaXZl'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  end: fc.constantFrom('--A--\r\n', '--A--', '--A\r\n', ''),
});

describe('readings', () => {
  const seed = { seed: 20261130, numRuns: 400 };

  it('of JSON that is let through agree with Go and Python', (t) => {
    const texts = fc.sample(documents, seed).filter((text) => letThrough(text));
    assert.ok(texts.length > 50, `${texts.length} were let through`);
    for (const [name, read] of Object.entries(parsers)) {
      const reading: Reading | undefined = read({ documents: texts, forms: [] });
      if (!reading) {
        t.diagnostic(`not compared with ${name}, which is not installed`);
        continue;
      }
      for (const [index, text] of texts.entries()) {
        const ours = letThrough(text);
        const theirs: JsonObject | null | undefined = reading.documents[index];
        // A parser that refuses the types reads nothing else into them.
        if (!theirs) continue;
        for (const member of ['model', 'max_tokens', 'store', 'stream'])
          assert.deepEqual(theirs[member] || null, ours?.[member] || null, `${name}: ${member} of ${text}`);
      }
    }
  });

  it('of forms that are let through agree with Go and Python', async (t) => {
    const ours: FormData[] = [];
    const written: { contentType: string; body: string }[] = [];
    for (const { contentType, preamble, parts, end } of fc.sample(forms, seed)) {
      const body = `${preamble}${parts.map(({ boundary, head, value }) => `--${boundary}\r\n${head}\r\n\r\n${value}\r\n`).join('')}${end}`;
      const read = await readForm(Buffer.from(body), contentType);
      if (read instanceof Fault) continue;
      ours.push(read.fields);
      written.push({ contentType: read.contentType, body: read.body.toString('base64') });
    }
    assert.ok(written.length > 5, `${written.length} were let through`);
    for (const [name, read] of Object.entries(parsers)) {
      const reading: Reading | undefined = read({ documents: [], forms: written });
      if (!reading) {
        t.diagnostic(`not compared with ${name}, which is not installed`);
        continue;
      }
      for (const [index, fields] of ours.entries()) {
        const theirs: Reading['forms'][number] | undefined = reading.forms[index];
        assert.equal(theirs?.error, '', `${name} cannot read what is forwarded`);
        const expected = await Promise.all(
          [...fields].map(async ([field, value]) =>
            typeof value === 'string' ? [field, '', value] : [field, value.name, await value.text()],
          ),
        );
        assert.deepEqual(theirs?.fields ?? [], expected, name);
      }
    }
  });
});
