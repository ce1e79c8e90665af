import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createManualClock } from '../../../../test/support/clock.ts';
import { isFault, readKeepingPolicy } from '../../../../test/support/keeping.ts';
import { silentLog } from '../../../kernel/index.ts';
import { openKeyStore, openLocalKeys } from '../../../secrets/index.ts';
import { createSubjects } from './subjects.ts';

async function openSubjects(context: TestContext, data: object = {}, most = 100) {
  const folder = mkdtempSync(join(tmpdir(), 'surety-subjects-'));
  const reading = readKeepingPolicy(data);
  assert.ok(reading.ok);
  const keys = await openKeyStore({
    folder,
    create: true,
    provider: openLocalKeys(folder, { create: true }),
    prefixes: { subject: 'subj' },
    clock: createManualClock(),
    log: silentLog,
    most,
  });
  context.after(async () => {
    await keys.close();
    rmSync(folder, { recursive: true });
  });
  return createSubjects({ keys, policy: () => reading.policy });
}

const call = (user: string | undefined, team?: string) => ({
  route: 'chat',
  wire: 'openai',
  rawHeaders: [],
  document: user === undefined ? {} : { user },
  claims: undefined,
  team,
});

test('a call’s subject has an id that says nothing, is the same for every call, and is found by its name', async (context) => {
  const subjects = await openSubjects(context);
  const [first, again, other, nobody] = ['jo', 'jo', 'mo', undefined].map((user) => {
    const verdict = subjects.subjectOf(call(user));
    assert.ok(verdict.ok);
    return verdict.subject;
  });
  assert.match(first?.id ?? '', /^subj_[\w-]{22}$/);
  assert.deepEqual([again?.id, nobody], [first?.id, undefined]);
  assert.notEqual(other?.id, first?.id);
  await first?.kept;
  assert.equal(subjects.find({ name: 'jo' }), first?.id);
  assert.equal((await subjects.describe(first?.id ?? '')).name, 'jo');
  await assert.rejects(subjects.describe('subj_nobody'), isFault('api.not-found'));
  assert.throws(() => subjects.find({ name: 'j\u0000o' }), isFault('subject.invalid'));
});

test('teams that are kept apart have each their own subject of a name', async (context) => {
  const subjects = await openSubjects(context, { subjects: { apart: 'team' } });
  const ids = ['chat', 'hr', undefined].map((team) => {
    const verdict = subjects.subjectOf(call('4711', team));
    assert.ok(verdict.ok);
    return verdict.subject?.id;
  });
  assert.equal(new Set(ids).size, 3);
  assert.equal(subjects.find({ name: '4711', team: 'hr' }), ids[1]);
  assert.equal(subjects.find({ name: '4711' }), ids[2]);
  const { name, team } = await subjects.describe(ids[0] ?? '');
  assert.deepEqual([name, team], ['4711', 'chat']);
});

test('a call whose subject cannot be kept is turned away, not let through without', async (context) => {
  const subjects = await openSubjects(context, {}, 1);
  assert.ok(subjects.subjectOf(call('jo')).ok);
  const verdict = subjects.subjectOf(call('mo'));
  assert.deepEqual([verdict.ok, !verdict.ok && verdict.code], [false, 'overloaded']);
  assert.ok(subjects.subjectOf(call('jo')).ok);
  await assert.rejects(subjects.take({ name: 'mo' }), isFault('overloaded'));
});
