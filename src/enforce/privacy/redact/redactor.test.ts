import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Classifier, createClassifier } from '../classes.ts';
import { catalogue } from '../detectors/catalogue.ts';
import type { Writing } from '../scan/view.ts';
import { dataSchema } from '../section.ts';
import { createPlaceholders } from './placeholders.ts';
import { type ClassifiedFinding, Redactor } from './redactor.ts';
import { Restorer } from './restorer.ts';

const classifier = createClassifier(
  dataSchema.parse({
    detect: 'all',
    detectors: {
      employee: { pattern: 'EMP-[0-9]{4,6}', class: 'internal' },
      project: { words: ['Project Bluebird', 'Blue', 'Bluebird house'], class: 'restricted' },
    },
  }),
);

interface Redacted {
  readonly text: string;
  readonly findings: readonly ClassifiedFinding[];
  readonly mostHeld: number;
}

interface Choices {
  readonly ceiling?: number;
  readonly by?: Classifier;
}

function redact(
  pieces: readonly string[],
  writing: Writing = 'text',
  { ceiling = -1, by = classifier }: Choices = {},
): Redacted {
  const findings: ClassifiedFinding[] = [];
  const redactor = new Redactor({
    classifier: by,
    writing,
    placeholders: createPlaceholders(),
    ceiling,
    onFinding: (finding) => findings.push(finding),
  });
  let text = '';
  let mostHeld = 0;
  for (const piece of pieces) {
    text += redactor.push(piece);
    mostHeld = Math.max(mostHeld, redactor.held);
  }
  return { text: text + redactor.end(), findings, mostHeld };
}

/** What detectors look at, whole and in parts, among what they must not be confused by. */
const fragments = [
  ...catalogue.flatMap(({ examples }) => examples),
  ...'4111 1111 1111 1111|4111|1111 1111 |ssn |536-22-|4971|phone |born |March |12, |1984|AB |X-|(|+1 |+44 20 |7946|passport '.split(
    '|',
  ),
  ...'@|://|::|.|-|/|a|word |\n|"|\\|\\u0034|\\n|\\ud83|５３６|２２|​|‍|а|К|АKIA|😀|𝟜𝟙|é|eyJ|sk-|ghp_|password=|-----BEGIN |EMP-|12345|Project |Bluebird|Blue|project bluebird house'.split(
    '|',
  ),
];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''));

function cutAt(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

describe('redaction', () => {
  for (const writing of ['text', 'json'] as const) {
    it(`gives the same for every cut of the stream, also character by character (${writing})`, () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
      fc.assert(
        fc.property(texts, sizes, (text, chosen) => {
          const whole = redact([text], writing);
          for (const pieces of [cutAt(text, chosen), cutAt(text, [1])]) {
            const cut = redact(pieces, writing);
            assert.equal(cut.text, whole.text);
            assert.deepEqual(cut.findings, whole.findings);
          }
        }),
        { numRuns: 1500 },
      );
    });

    it(`gives the same for one cut at every character boundary of every example (${writing})`, () => {
      for (const example of catalogue.flatMap(({ examples }) => examples)) {
        const text = `see ${example}, and more`;
        const whole = redact([text], writing).text;
        for (let at = 0; at <= text.length; at++)
          assert.equal(redact([text.slice(0, at), text.slice(at)], writing).text, whole, `${at} of ${text}`);
      }
    });
  }

  it('leaves everything but what it replaces as it was, and loses nothing', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { text: redacted, findings } = redact([text]);
        let rest = redacted;
        let from = 0;
        for (const { start, end } of findings) {
          const between = text.slice(from, start);
          assert.ok(rest.startsWith(between));
          rest = rest.slice(between.length);
          const placeholder = /^\[[A-Z0-9_]+_\d+\]/.exec(rest)?.[0];
          assert.ok(placeholder !== undefined);
          rest = rest.slice(placeholder.length);
          from = end;
        }
        assert.equal(rest, text.slice(from));
      }),
      { numRuns: 1500 },
    );
  });

  it('holds back no more than a word of plain text, and a bounded number of characters of anything', () => {
    const prose =
      'The quick brown fox jumps over the lazy dog and says nothing about anybody at all. '.repeat(20);
    const builtIn = createClassifier(dataSchema.parse({ detect: 'all' }));
    assert.ok(redact(cutAt(prose, [1]), 'text', { by: builtIn }).mostHeld <= 8);
    for (const endless of [
      'a',
      '1',
      '1 ',
      'a@',
      '@',
      '\u200b',
      '12-',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----\nAAAA',
      'x.y.',
      'К',
      '::',
      '+1 ',
      'a1',
      '://u:',
      '\\',
      '\\u00',
    ])
      for (const writing of ['text', 'json'] as const) {
        const { mostHeld } = redact(cutAt(endless.repeat(Math.ceil(30_000 / endless.length)), [97]), writing);
        assert.ok(mostHeld < 10_000, `${JSON.stringify(endless)} ${writing}: ${mostHeld}`);
      }
  });

  it('replaces only what is above the ceiling, and tells of everything', () => {
    const { text, findings } = redact(['a@b.com paid with 4111 1111 1111 1111'], 'text', {
      ceiling: classifier.rankOfClass('confidential'),
    });
    assert.equal(text, 'a@b.com paid with [CARD_1]');
    assert.deepEqual(
      findings.map(({ detector, rank }) => [detector, classifier.classes[rank]]),
      [
        ['email', 'confidential'],
        ['card', 'restricted'],
      ],
    );
  });

  it('keeps JSON valid: in strings, names and bare numbers', () => {
    const text =
      '{"to":"a\\u0040b.com","a@b.com":1,"card":4111111111111111,"n":[1.5e3,true],"q":"say \\"x@y.org\\""}';
    const redacted = redact(cutAt(text, [3]), 'json').text;
    assert.deepEqual(JSON.parse(redacted), {
      to: '[EMAIL_1]',
      '[EMAIL_1]': 1,
      card: '[CARD_1]',
      n: [1500, true],
      q: 'say "[EMAIL_2]"',
    });
  });

  it('stays valid JSON whatever the values are', () => {
    const secret = fc.constantFrom(
      'a@b.com',
      '4111111111111111',
      'SSN 536224971',
      'EMP-12345',
      'x',
      '"',
      '\\',
      '\n',
      '\u0001',
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.array(secret).map((parts) => parts.join(' ')),
        fc.constant(4111111111111111),
        fc.array(tie('value')),
        fc.dictionary(secret, tie('value')),
      ),
    })).value;
    fc.assert(fc.property(value, (made) => void JSON.parse(redact([JSON.stringify(made)], 'json').text)));
  });
});

describe('what is hidden is found:', () => {
  const hidden: readonly (readonly [string, string])[] = [
    ['full-width digits', '４１１１ １１１１ １１１１ １１１１'],
    ['zero-width characters within', '4111\u200b1111\u200d1111\ufeff1111'],
    ['no-break spaces', '4111\u00a01111\u202f1111\u20091111'],
    ['digits of another script', '٤١١١١١١١١١١١١١١١'],
    ['mathematical digits', '𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏'],
    ['combining marks', '4\u0336111 1111 1111 1111'],
    ['tags and variation selectors', '4111\u{e0041}1111\ufe0f11111111'],
    ['Cyrillic letters in a key', 'АКІАA2B3C4D5A2B3C4D5'],
    ['unusual hyphens', '4111\u20111111\u20131111\u22121111'],
    ['escapes of a program', 'x = "\\n4111111111111111"'],
  ];
  for (const [how, text] of hidden)
    it(how, () => {
      const { findings } = redact([`pay ${text} now`]);
      assert.equal(findings.length, 1, JSON.stringify(findings));
    });

  it('escapes of JSON, in arguments', () => {
    const { findings } = redact(['{"n":"\\u0034111\\u00201111 1111 111\\u0031"}'], 'json');
    assert.deepEqual(
      findings.map(({ detector }) => detector),
      ['card'],
    );
  });
});

describe('placeholders', () => {
  it('are the same for the same value, however it is written', () => {
    assert.equal(
      redact(['A@B.com a@b.com 4111-1111-1111-1111 4111111111111111 c@d.org']).text,
      '[EMAIL_1] [EMAIL_1] [CARD_1] [CARD_1] [EMAIL_2]',
    );
  });

  it('are restored in what comes back, whatever the cut, and nothing else is', () => {
    const placeholders = createPlaceholders();
    placeholders.reserve('the caller wrote [EMAIL_1] itself');
    const redactor = new Redactor({ classifier, writing: 'text', placeholders, ceiling: -1 });
    assert.equal(
      redactor.push('ask a@b.com and "x"@ c@d.org ') + redactor.end(),
      'ask [EMAIL_2] and "x"@ [EMAIL_3] ',
    );
    const answer =
      'Dear [EMAIL_2], not [EMAIL_1], [EMAIL_9], [email_2], [ EMAIL_2], [EMAIL_2 or [[EMAIL_3]]; [';
    for (let size = 1; size < answer.length; size++) {
      const restorer = new Restorer(placeholders, 'text');
      const restored =
        cutAt(answer, [size])
          .map((piece) => restorer.push(piece))
          .join('') + restorer.end();
      assert.equal(
        restored,
        'Dear a@b.com, not [EMAIL_1], [EMAIL_9], [email_2], [ EMAIL_2], [EMAIL_2 or [c@d.org]; [',
      );
    }
  });

  it('are restored in arguments as JSON that reads as the value', () => {
    const placeholders = createPlaceholders();
    const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----';
    const redactor = new Redactor({ classifier, writing: 'text', placeholders, ceiling: -1 });
    const redacted = redactor.push(key) + redactor.end();
    const restorer = new Restorer(placeholders, 'json');
    const restored = restorer.push(JSON.stringify({ key: redacted })) + restorer.end();
    assert.deepEqual(JSON.parse(restored), { key });
  });
});
