import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caseKinds, endOfTerm, laws, refusalGrounds } from './law.ts';

const at = (text: string): number => Date.parse(`${text}T10:30:00Z`);
const dayOf = (time: number): string => new Date(time).toISOString();

test('a month ends on the day of the same number, or on the last the month has', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['2026-03-05', 1, '2026-04-05'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2026-08-31', 1, '2026-09-30'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-11-30', 3, '2027-02-28'],
    ['2026-02-28', 1, '2026-03-28'],
  ];
  for (const [received, months, end] of cases)
    assert.equal(dayOf(endOfTerm(at(received), { months })), `${end}T23:59:59.999Z`, received);
});

test('days are counted from the day of receipt, and the last is whole', () => {
  assert.equal(dayOf(endOfTerm(at('2026-01-01'), { days: 45 })), '2026-02-15T23:59:59.999Z');
  assert.equal(dayOf(endOfTerm(at('2026-01-01'), { days: 90 })), '2026-04-01T23:59:59.999Z');
});

test('a term counts from receipt at every hour of the day alike', () => {
  for (const hour of ['00:00:00.000', '12:00:00.000', '23:59:59.999']) {
    const received = Date.parse(`2026-03-05T${hour}Z`);
    assert.equal(dayOf(endOfTerm(received, laws.gdpr.term)), '2026-04-05T23:59:59.999Z');
    assert.equal(dayOf(endOfTerm(received, laws.gdpr.extended)), '2026-06-05T23:59:59.999Z');
    assert.equal(dayOf(endOfTerm(received, laws.ccpa.term)), '2026-04-19T23:59:59.999Z');
    assert.equal(dayOf(endOfTerm(received, laws.ccpa.extended)), '2026-06-03T23:59:59.999Z');
  }
});

test('each law cites a provision for every right and ground', () => {
  for (const { right, grounds } of Object.values(laws)) {
    for (const kind of caseKinds) assert.match(right[kind], /^(Art\.|§)/);
    for (const ground of refusalGrounds) assert.match(grounds[ground], /^(Art\.|§|11 CCR)/);
  }
});
