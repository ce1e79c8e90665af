import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatDuration,
  formatRate,
  formatUsd,
  isRolling,
  parseDuration,
  parseMoneyRate,
  parsePrice,
  parseRate,
  parseSize,
} from './quantities.ts';

const nonsense = [
  '',
  ' ',
  '5',
  '-5s',
  '5 fortnights',
  '1h,30m',
  '5s!',
  '1e3s',
  'NaNs',
  'Infinity/min',
  '0/min',
  '1.5/min',
  '5/',
  '5/fortnight',
  '5 EUR/day',
  '5USD',
  '0 USD/day',
  '99999999999999999999/min',
  '99999999999999999999y',
  '9999999999999999 GiB',
  // Names every object answers to must not be found in a table of units.
  '5/constructor',
  '5constructor',
  '5 toString',
  '5 valueOf/M',
  '5 USD/constructor',
  '5 USD/hasOwnProperty',
];

describe('quantities', () => {
  const read: readonly (readonly [string, unknown, unknown])[] = [
    ['250ms', parseDuration('250ms'), 250],
    ['1h30m', parseDuration('1h30m'), 5_400_000],
    ['1.5 h', parseDuration('1.5 h'), 5_400_000],
    ['2 w', parseDuration('2 w'), 1_209_600_000],
    ['1y', parseDuration('1y'), 31_536_000_000],
    ['0s', parseDuration('0s'), 0],
    ['512 B', parseSize('512 B'), 512],
    ['64KiB', parseSize('64KiB'), 65_536],
    ['10 MB', parseSize('10 MB'), 10_000_000],
    ['1.5 GiB', parseSize('1.5 GiB'), 1_610_612_736],
    ['600/min', parseRate('600/min'), { amount: 600, per: 'min' }],
    ['200k / minute', parseRate('200k / minute'), { amount: 200_000, per: 'min' }],
    ['5M/day', parseRate('5M/day'), { amount: 5_000_000, per: 'day' }],
    ['1.5k/s', parseRate('1.5k/s'), { amount: 1500, per: 's' }],
    ['50 USD/day', parseMoneyRate('50 USD/day'), { amount: 50_000_000_000, per: 'day' }],
    ['0.000000001 USD/h', parseMoneyRate('0.000000001 USD/h'), { amount: 1, per: 'h' }],
    ['0.25 USD/M', parsePrice('0.25 USD/M'), 250],
    ['0.1 USD/k', parsePrice('0.1 USD/k'), 100_000],
  ];
  for (const [text, found, expected] of read) it(`${text} is read`, () => assert.deepEqual(found, expected));

  const parsers = { parseDuration, parseSize, parseRate, parseMoneyRate, parsePrice };
  for (const [name, parse] of Object.entries(parsers)) {
    it(`that are none are refused by ${name}`, () => {
      for (const text of nonsense) assert.equal(parse(text), undefined, text);
    });
    it(`of any text do not make ${name} throw or give what is no number`, () => {
      fc.assert(
        fc.property(fc.string({ maxLength: 20 }), (text) => {
          const found = parse(text);
          const amount = typeof found === 'object' ? found.amount : found;
          assert.ok(amount === undefined || (Number.isFinite(amount) && amount >= 0), text);
        }),
      );
    });
  }

  it('of time are written so that they read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (milliseconds) =>
        assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds),
      ),
    );
    assert.equal(formatDuration(7_776_000_000), '90d');
  });

  it('of money and rates are written as people do', () => {
    assert.equal(formatUsd(50_000_000_000), '50.00 USD');
    assert.equal(formatUsd(1_234_000), '0.001234 USD');
    assert.equal(formatRate({ amount: 600, per: 'min' }), '600/min');
    assert.deepEqual((['s', 'min', 'h', 'day', 'month'] as const).map(isRolling), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
