import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { definePolicy, formatProblem } from '../../policy/index.ts';
import { recordSection } from '../../record/index.ts';
import { createClassifier } from './classes.ts';
import { dataSection } from './policy-section.ts';

/** The gate stands above this room; of its section only the routes are looked at. */
const gate = {
  name: 'gate',
  schema: z.strictObject({ routes: z.array(z.never()).prefault([]) }).prefault({}),
} as const;
const format = definePolicy([gate, recordSection, dataSection]);

function read(section: string) {
  const reading = format.read(`version: 1\ndata:\n${section.replace(/^/gm, '  ')}\n`, 'surety.yaml');
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(formatProblem).join('\n'));
  return reading.policy.data;
}

function problemsOf(section: string): string[] {
  const reading = format.read(`version: 1\ndata:\n${section.replace(/^/gm, '  ')}\n`, 'surety.yaml');
  return reading.ok ? [] : reading.problems.map(formatProblem);
}

describe('data: of the policy', () => {
  it('reads aloud: classes, what is looked for, what is done above', () => {
    const data = read(`classes: [public, internal, confidential, restricted]
detect: { email: confidential, card: restricted, secret: restricted }
above: redact`);
    const classifier = createClassifier(data);
    assert.equal(data.above, 'redact');
    assert.equal(classifier.classes[classifier.rankOf('email')], 'confidential');
    assert.equal(classifier.classes[classifier.rankOf('github-token')], 'restricted');
    assert.ok(!classifier.searcher.names.includes('phone'));
  });

  it('looks for nothing where it is left out', () => {
    const reading = format.read('version: 1\n', 'surety.yaml');
    assert.ok(reading.ok);
    assert.ok(createClassifier(reading.policy.data).isOff);
  });

  it('takes the narrower name: detector, then family, then all', () => {
    const data = read(
      'detect: { all: default, network: never, ip: internal, secret: confidential, jwt: restricted }',
    );
    const { rankOf, classes, searcher } = createClassifier(data);
    const classOf = (name: string) => (searcher.names.includes(name) ? classes[rankOf(name)] : undefined);
    assert.deepEqual(['ip', 'jwt', 'github-token', 'email', 'us-ssn'].map(classOf), [
      'internal',
      'restricted',
      'confidential',
      'confidential',
      'restricted',
    ]);
  });

  it('looks for the numbers of the regions it names, and of all where it names none', () => {
    const names = createClassifier(read('detect: all\nregions: [de, fr]')).searcher.names;
    assert.ok(names.includes('de-tax-id') && names.includes('fr-nir') && names.includes('email'));
    assert.ok(!names.includes('us-ssn') && !names.includes('uk-nhs'));
    assert.ok(createClassifier(read('detect: all')).searcher.names.includes('kr-rrn'));
  });

  it('takes detectors of its own', () => {
    const data = read(`detectors:
  employee: { pattern: 'EMP-[0-9]{6}', class: internal }
  project: { words: [Project Bluebird], class: restricted }`);
    assert.deepEqual(createClassifier(data).searcher.names, ['employee', 'project']);
  });

  it('says what is wrong, where, and what could stand there', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        'detect: { emial: restricted }',
        /surety\.yaml:3:\d+ data\.detect\.emial: no detector or family.*did you mean "email"\?/,
      ],
      [
        'detect: { email: secret }',
        /data\.detect\.email: not one of the classes; found "secret"; allowed: public, internal/,
      ],
      ['ceiling: privat', /data\.ceiling: not one of the classes/],
      ['unread: top', /data\.unread: not one of the classes/],
      ['answers: { ceiling: top }', /data\.answers\.ceiling: not one of the classes/],
      [
        'detectors: { x: { pattern: "(?=a)", class: internal } }',
        /surety\.yaml:3:\d+ data\.detectors\.x\.pattern: not a pattern: a group of a kind/,
      ],
      ['detectors: { x: { pattern: "(a+)+", class: internal } }', /characters long/],
      ['detectors: { x: { class: internal } }', /either pattern or words/],
      ['detectors: { email: { words: [ab], class: internal } }', /choose another/],
      ['detectors: { x: { words: [ab], class: nope } }', /data\.detectors\.x\.class: not one of the classes/],
      [
        'classes: [low, high]\ndetect: all',
        /data\.detect: detectors are of the classes .* which this policy does not have; give each a class/,
      ],
      ['classes: [low, low]', /stands here twice/],
      ['above: hide', /data\.above: .*allowed: refuse, redact, pseudonymise, reroute/],
      ['regions: [xx]', /data\.regions\[0\]/],
      ['above: redact\nbelow: pass', /unknown key "below"/],
    ];
    for (const [section, pattern] of cases) assert.match(problemsOf(section).join('\n'), pattern, section);
  });

  it('with classes of its own gives each detector one of them', () => {
    const data = read('classes: [low, high]\ndetect: { all: high, ip: low }');
    const { rankOf } = createClassifier(data);
    assert.deepEqual([rankOf('ip'), rankOf('email')], [0, 1]);
  });
});
