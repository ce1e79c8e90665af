import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../test/support/clock.ts';
import { createLog, type LogLevel, silentLog } from './log.ts';

function logAt(level: LogLevel) {
  const lines: string[] = [];
  const log = createLog({ clock: createManualClock(), level, write: (line) => void lines.push(line) });
  return { log, lines };
}

test('a log line is one line of JSON, whatever stands in it', () => {
  const { log, lines } = logAt('debug');
  log.warn('two\nlines', { route: '"}\n{"level":"error"', calls: 3, ok: false, none: undefined });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^[^\n]*\n$/);
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    at: '2026-01-01T00:00:00.000Z',
    level: 'warn',
    message: 'two\nlines',
    route: '"}\n{"level":"error"',
    calls: 3,
    ok: false,
  });
});

test('a log leaves out what is below its level', () => {
  const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  for (const [index, level] of levels.entries()) {
    const { log, lines } = logAt(level);
    for (const name of levels) log[name](name);
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { level: string }).level),
      levels.slice(index),
    );
  }
  assert.doesNotThrow(() => silentLog.error('nothing'));
});
