import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CommandResult, runSurety, surety } from '../support/surety.ts';

describe('surety redact', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'surety-redact-'));
    writeFileSync(
      join(folder, 'surety.yaml'),
      `version: 1
data:
  classes: [public, internal, secret]
  detect: { all: internal, financial: secret }
  detectors: { project: { words: [Project Bluebird], class: secret } }
`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (argv: readonly string[], input: string | Buffer = ''): Promise<CommandResult> =>
    runSurety(argv, folder, input);

  const mail = 'Grüße 😀 an ada@example.org, card 4111 1111 1111 1111\n';

  it('takes values out of a file and of standard input, and leaves all else', async () => {
    writeFileSync(join(folder, 'mail.txt'), mail);
    const expected = 'Grüße 😀 an [EMAIL_1], card [CARD_1]\n';
    assert.deepEqual(await run(['redact', 'mail.txt']), { code: 0, out: expected, err: '' });
    assert.deepEqual(await run(['redact'], mail), { code: 0, out: expected, err: '' });
  });

  it('answers as JSON with places that fit, in UTF-16 and in UTF-8', async () => {
    interface Answer {
      text: string;
      findings: { detector: string; class: string; confidence: number; start: number; end: number }[];
    }
    const utf16 = JSON.parse((await run(['redact', '--json'], mail)).out) as Answer;
    assert.deepEqual(
      utf16.findings.map(({ detector, class: rank, start, end }) => [detector, rank, mail.slice(start, end)]),
      [
        ['email', 'confidential', 'ada@example.org'],
        ['card', 'restricted', '4111 1111 1111 1111'],
      ],
    );
    assert.deepEqual(Object.keys(utf16.findings[0] ?? {}), [
      'detector',
      'class',
      'confidence',
      'start',
      'end',
    ]);
    const utf8 = JSON.parse((await run(['redact', '--json', '--offsets', 'utf-8'], mail)).out) as Answer;
    assert.deepEqual(
      utf8.findings.map(({ start, end }) => Buffer.from(mail).subarray(start, end).toString()),
      ['ada@example.org', '4111 1111 1111 1111'],
    );
  });

  it('answers one object for each line of JSON strings, each by itself', async () => {
    const { code, out } = await run(
      ['redact', '--jsonl'],
      '"a@b.com\\nc@d.org"\n\n"\\u0061@b.com"\n"nothing"',
    );
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; findings: unknown[] });
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map(({ text, findings }) => [text, findings.length]),
      [
        ['[EMAIL_1]\n[EMAIL_2]', 2],
        ['[EMAIL_1]', 1],
        ['nothing', 0],
      ],
    );
    const bad = await run(['redact', '--jsonl'], '"ok"\n{"secret":"hunter2"}\n');
    assert.equal(bad.code, 2);
    assert.match(bad.err, /line 2 is not a JSON string/);
    assert.ok(!bad.err.includes('hunter2'));
  });

  it('goes by a policy, its classes and its own detectors, up to a ceiling', async () => {
    const text = 'ada@example.org on project bluebird, 4111111111111111';
    const all = await run(['redact', '--policy', 'surety.yaml'], text);
    assert.equal(all.out, '[EMAIL_1] on [PROJECT_1], [CARD_1]');
    const some = await run(['redact', '--policy', 'surety.yaml', '--ceiling', 'internal'], text);
    assert.equal(some.out, 'ada@example.org on [PROJECT_1], [CARD_1]');
    const unknown = await run(['redact', '--policy', 'surety.yaml', '--ceiling', 'nonsense'], text);
    assert.deepEqual([unknown.code, unknown.out], [2, '']);
    assert.match(unknown.err, /--ceiling takes one of public, internal, secret/);
  });

  it('keeps what placeholders stand for, goes on with them, and puts the values back', async () => {
    const first = await run(['redact', '--pseudonymise', 'names.json'], 'a@b.com and c@d.org');
    assert.equal(first.out, '[EMAIL_1] and [EMAIL_2]');
    assert.equal(statSync(join(folder, 'names.json')).mode & 0o777, 0o600);
    const second = await run(['redact', '--pseudonymise', 'names.json'], 'C@D.org, e@f.net');
    assert.equal(second.out, '[EMAIL_2], [EMAIL_3]');
    const restored = await run(['redact', '--restore', 'names.json'], 'Dear [EMAIL_1], [EMAIL_3], [EMAIL_9]');
    assert.equal(restored.out, 'Dear a@b.com, e@f.net, [EMAIL_9]');
    assert.equal((await run(['redact', '--restore', 'none.json'], 'x')).code, 2);
    assert.ok(readFileSync(join(folder, 'names.json'), 'utf8').includes('c@d.org'));
  });

  it('reads a request as the gate does, and says what it could not read', async () => {
    const body = '{ "messages":[ {"role":"user","content":"to a@b.com"} ], "n":1.0 }';
    assert.equal(
      (await run(['redact', '--body', 'chat.completions'], body)).out,
      body.replace('a@b.com', '[EMAIL_1]'),
    );
    const picture = '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}';
    const result = await run(['redact', '--body', 'chat.completions'], picture);
    assert.equal(result.code, 1);
    assert.match(result.err, /messages\.0\.content\.0 \(picture\)/);
    assert.equal((await run(['redact', '--body', 'chat.completions'], '{"a":1,"a":2}')).code, 2);
  });

  it('reads an answer and the events of a stream, a value split over two of them', async () => {
    const answer = '{"choices":[{"message":{"role":"assistant","content":"to a@b.com"}}]}';
    const whole = await run(['redact', '--body', 'chat.completions', '--answer'], answer);
    assert.equal(whole.out, answer.replace('a@b.com', '[EMAIL_1]'));
    const event = (content: string) =>
      JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    const end = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
    const stream = await run(
      ['redact', '--body', 'chat.completions', '--events'],
      [event('card 4111 1111 '), event('1111 1111.'), end].join('\n'),
    );
    assert.equal(stream.code, 0);
    assert.deepEqual(stream.out.trimEnd().split('\n'), [event('card '), event(''), event('[CARD_1].'), end]);
    assert.equal((await run(['redact', '--events'], '')).code, 2);
  });

  it('says in its exit code whether something would be replaced', async () => {
    assert.deepEqual(await run(['redact', '--check'], mail), { code: 1, out: '', err: '' });
    assert.deepEqual(await run(['redact', '--check'], 'nothing'), { code: 0, out: '', err: '' });
    assert.equal((await run(['redact', '--check', '--json'], mail)).code, 1);
    const ceiling = ['redact', '--check', '--ceiling', 'confidential'];
    assert.equal((await run(ceiling, 'ada@example.org')).code, 0);
    assert.equal((await run(ceiling, mail)).code, 1);
  });

  it('refuses what it cannot read, with the place and without the text', async () => {
    const invalid = await run(['redact'], Buffer.from([0x61, 0xff, 0x62]));
    assert.equal(invalid.code, 2);
    assert.match(invalid.err, /not valid UTF-8/);
    assert.equal((await run(['redact'], Buffer.from([0x61, 0xe2, 0x82]))).code, 2);
    const missing = await run(['redact', 'nowhere.txt']);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /cannot be read \(ENOENT\)/);
    assert.equal((await run(['redact', '--jsonl', '--body', 'messages'], '')).code, 2);
    assert.equal((await run(['redact', '--policy', 'none.yaml'], '')).code, 2);
  });

  it('takes 50 MB in bounded memory', { timeout: 120_000 }, async () => {
    const line = `${'Lorem ipsum dolor sit amet, consectetur 2024 adipiscing elit. '.repeat(16)}a@b.com\n`;
    const lines = Math.ceil(50_000_000 / line.length);
    // An address space that would not hold the text several times over.
    const child = spawn(surety, ['redact'], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=64' },
    });
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => void (bytes += chunk.length));
    for (let written = 0; written < lines; written++)
      if (!child.stdin.write(line)) await once(child.stdin, 'drain');
    child.stdin.end();
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0);
    assert.equal(bytes, lines * line.replace('a@b.com', '[EMAIL_1]').length);
  });
});

describe('surety detectors', () => {
  it('lists what can be found, as a table and as JSON', async () => {
    const run = async (...argv: string[]): Promise<string> => (await runSurety(argv, tmpdir())).out;
    assert.match(
      await run('detectors'),
      /^NAME +FAMILY +REGION +CLASS +EXAMPLE +FINDS\nemail +contact +- +confidential/,
    );
    const german = JSON.parse(await run('detectors', '--region', 'de', '--json')) as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      german.map(({ name }) => name),
      ['de-tax-id', 'de-pension'],
    );
    assert.deepEqual(Object.keys(german[0] ?? {}), [
      'name',
      'title',
      'family',
      'region',
      'class',
      'examples',
      'context',
    ]);
  });
});
