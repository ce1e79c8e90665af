import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readKeepingPolicy } from '../../../../test/support/keeping.ts';
import { readSubjectName } from './name.ts';
import { fullName, nameOfSubject, type SubjectSources } from './subject-of.ts';

function section(subjects: object) {
  const reading = readKeepingPolicy({ subjects });
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.problems));
  return reading.policy.data.subjects;
}

const call = (more: Partial<SubjectSources> = {}): SubjectSources => ({
  route: 'chat',
  wire: 'openai',
  rawHeaders: [],
  document: undefined,
  claims: undefined,
  team: undefined,
  ...more,
});
const usual = section({});
const nameIn = (sources: SubjectSources, rule = usual) => {
  const naming = nameOfSubject(sources, rule);
  assert.ok(naming.ok, naming.ok ? '' : naming.detail);
  return naming.name;
};
const refusal = (sources: SubjectSources, rule = usual) => {
  const naming = nameOfSubject(sources, rule);
  assert.ok(!naming.ok);
  return [naming.code, naming.detail];
};

test('a subject is taken from where the wire has it', () => {
  assert.equal(nameIn(call({ document: { user: 'jo' } })), 'jo');
  assert.equal(nameIn(call({ document: { user: 'old', safety_identifier: 'jo' } })), 'jo');
  assert.equal(nameIn(call({ wire: 'azure', document: { user: 'jo' } })), 'jo');
  assert.equal(nameIn(call({ wire: 'anthropic', document: { metadata: { user_id: 'jo' } } })), 'jo');
  assert.equal(nameIn(call({ wire: 'anthropic', document: { user: 'jo' } })), undefined);
  assert.equal(nameIn(call({ wire: 'generic', document: { user: 'jo' } })), undefined);
  assert.equal(nameIn(call({ document: { user: null } })), undefined);
  assert.equal(nameIn(call({ rawHeaders: ['Surety-Subject', 'jo'] })), 'jo');
});

test('the first source that names somebody decides, as the policy or the route orders them', () => {
  const sources = call({
    rawHeaders: ['x-user', 'from header'],
    document: { user: 'from field' },
    claims: { email: 'from claim' },
  });
  assert.equal(nameIn(sources, section({ from: ['field', 'header'], header: 'X-User' })), 'from field');
  assert.equal(nameIn(sources, section({ from: ['header', 'field'], header: 'X-User' })), 'from header');
  assert.equal(nameIn(sources, { ...section({ claim: 'email' }), from: ['claim'] }), 'from claim');
  // A policy file may not say claim yet, since the gate hands on none.
  const routes = { chat: { from: ['claim' as const], claim: 'email' } };
  const byRoute = { ...section({ from: ['field'] }), routes };
  assert.equal(nameIn(sources, byRoute), 'from claim');
  assert.equal(nameIn({ ...sources, route: 'agents' }, byRoute), 'from field');
  assert.equal(nameIn({ ...sources, route: 'constructor' }, byRoute), 'from field');
});

test('a name that is bad in one source is refused, not looked for in the next', () => {
  const sources = call({ rawHeaders: ['surety-subject', ''], document: { user: 'jo' } });
  assert.deepEqual(refusal(sources), ['subject.invalid', 'The header surety-subject is empty.']);
});

test('two headers are refused, also equal ones: two parties could look at different ones', () => {
  const rawHeaders = ['surety-subject', 'jo', 'Surety-Subject', 'jo'];
  assert.deepEqual(refusal(call({ rawHeaders })), [
    'subject.invalid',
    'surety-subject was sent more than once.',
  ]);
});

test('a call that names nobody is refused where the policy requires it', () => {
  assert.deepEqual(refusal(call(), section({ required: true })), [
    'subject.missing',
    'Looked for in: header, field.',
  ]);
  const routes = { chat: { required: true } };
  assert.equal(refusal(call(), section({ routes }))[0], 'subject.missing');
  assert.equal(nameIn(call({ route: 'agents' }), section({ routes })), undefined);
});

test('a name is refused where it is empty, long, not text, or has characters nobody sees; and never repeated', () => {
  const bad: readonly unknown[] = [
    '',
    ' jo',
    'jo\n',
    'j\u0000o',
    'j\u200bo',
    'j\u202eo',
    'jo\u2028',
    '\ud800',
    '\ufeffjo',
    'x'.repeat(401),
    'ä'.repeat(201),
    'x'.repeat(1_000_000),
    5,
    true,
    ['jo'],
    { name: 'jo' },
  ];
  for (const value of bad) {
    const [code, detail = ''] = refusal(call({ document: { user: value } }));
    assert.equal(code, 'subject.invalid');
    assert.match(detail, /^user (is|has|begins) [\w ,]+\.$/);
    assert.ok(detail.length < 80, 'the name stands in the refusal');
  }
  assert.ok(readSubjectName('x'.repeat(400)).ok && readSubjectName('ä'.repeat(200)).ok);
  assert.ok(readSubjectName('Jo Äö 日本 🙂').ok);
});

test('a name has one form, however its letters are composed', () => {
  const forms = ['\u00e9', 'e\u0301'].map((text) => readSubjectName(text));
  assert.deepEqual(forms[0], forms[1]);
});

test('a header is UTF-8, or refused', () => {
  const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
  assert.equal(nameIn(call({ rawHeaders: ['surety-subject', latin1('jö')] })), 'jö');
  assert.deepEqual(refusal(call({ rawHeaders: ['surety-subject', 'j\u00f6'] })), [
    'subject.invalid',
    'The header surety-subject is not UTF-8.',
  ]);
});

test('the same name of two teams is two subjects where the policy says so, and no name can play another team', () => {
  assert.equal(fullName('jo', 'a', 'none'), 'jo');
  const names = [fullName('jo', 'a', 'team'), fullName('jo', 'b', 'team'), fullName('jo', undefined, 'team')];
  assert.equal(new Set(names).size, 3);
  assert.ok(!readSubjectName('a\0jo').ok);
});

test('a policy names routes that are there, says the time of the ledger once, and takes no header that has a meaning', () => {
  const problems = (data: object, record: object = {}): string[] => {
    const reading = readKeepingPolicy(data, record);
    return reading.ok ? [] : reading.problems.map(({ path, message }) => `${path}: ${message}`);
  };
  assert.match(problems({ subjects: { routes: { chta: {} } } })[0] ?? '', /chta: there is no such route/);
  assert.match(problems({ capture: { routes: { other: {} } } })[0] ?? '', /other: there is no such route/);
  assert.match(problems({ capture: { routes: { agents: {} } } })[0] ?? '', /agents: on the generic wire/);
  assert.match(problems({ retention: { ledger: '30d' } }, { keep: '90d' })[0] ?? '', /say it once/);
  assert.deepEqual(problems({ retention: { ledger: '90d' } }, { keep: '90d' }), []);
  assert.match(problems({ subjects: { header: 'Authorization' } })[0] ?? '', /meaning of its own/);
  assert.match(problems({ retention: { cases: '1d' } })[0] ?? '', /shorter than/);
});
