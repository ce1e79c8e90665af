import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsSection } from './policy-section.ts';
import { noLimits } from './limit-set.ts';
import { checkPrices, costOf, findPrice } from './prices.ts';

const parse = (section: unknown) => limitsSection.schema.parse(section);
const { prices } = parse({
  prices: {
    'gpt-5-mini': { input: '0.25 USD/M', output: '2 USD/M', cached: '0.025 USD/M', reasoning: '3 USD/M' },
    'gpt-5*': { input: '1 USD/M', output: '8 USD/M' },
  },
});

function price(model: string) {
  const found = findPrice(prices, model);
  assert.ok(found, model);
  return found;
}

test('cached and reasoning tokens have prices of their own and are counted once', () => {
  const usage = { input: 1000, cachedInput: 400, output: 500, reasoning: 200 };
  assert.equal(costOf(usage, price('gpt-5-mini')), 600 * 250 + 400 * 25 + 300 * 2000 + 200 * 3000);
});

test('where they are not priced they cost as the others', () => {
  const usage = { input: 1000, cachedInput: 400, output: 500, reasoning: 200 };
  assert.equal(costOf(usage, price('gpt-5')), costOf({ input: 1000, output: 500 }, price('gpt-5')));
});

test('a fraction of a nano-dollar is rounded up, and a rounding error is not', () => {
  assert.equal(costOf({ input: 1, output: 0 }, { input: 0.1, output: 0 }), 1);
  assert.equal(costOf({ input: 30, output: 0 }, { input: 0.1, output: 0 }), 3);
  assert.equal(costOf({ input: 0, output: 0 }, { input: 0.1, output: 1 }), 0);
  assert.equal(costOf({ input: 1_000_000_000, output: 1 }, { input: 250, output: 0.5 }), 250_000_000_001);
});

test('more cached tokens than there was input make nothing cheaper than all cached', () => {
  const usage = { input: 10, cachedInput: 99, output: 10, reasoning: -5 };
  assert.equal(costOf(usage, price('gpt-5-mini')), 10 * 25 + 10 * 2000);
});

test('the exact name goes before the longest beginning', () => {
  assert.equal(price('gpt-5-mini').input, 250);
  assert.equal(price('gpt-5-large').input, 1000);
  for (const unknown of ['gpt-4', '', 'constructor', '__proto__'])
    assert.equal(findPrice(prices, unknown), undefined);
});

test('a model without a price under a cost limit is a problem of the policy that names the model', () => {
  const cost = { ...noLimits, cost: [{ amount: 1, per: 'day' as const }] };
  const models = ['gpt-5-mini', 'llama-4'].map((model) => ({ model, path: ['gate', 'models', model] }));
  const problems: string[] = [];
  const report = ({ path, message }: { path: readonly (string | number)[]; message: string }) =>
    problems.push(`${path.join('.')}: ${message}`);
  checkPrices({ prices, models, limitSets: [noLimits] }, report);
  assert.deepEqual(problems, []);
  checkPrices({ prices, models, limitSets: [noLimits, cost] }, report);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /^gate\.models\.llama-4: .*llama-4 has no price/);
});

test('the section has defaults, and refuses what it does not understand', () => {
  const section = parse({});
  assert.deepEqual(section.address.requests, [{ amount: 1000, per: 's' }]);
  assert.deepEqual(section.output, { '*': 16_384 });
  assert.deepEqual(parse({ output: 1000 }).output, { '*': 1000 });
  assert.deepEqual(parse({ output: { small: 50 } }).output, { '*': 16_384, small: 50 });
  assert.deepEqual(section.key, noLimits);
  const bad = [
    { address: { requests: '100/day' } },
    { address: { tokens: '100/s' } },
    { key: { requests: 100 } },
    { key: { cost: '5/day' } },
    { output: 0 },
    { prices: { m: { input: '1 USD/M' } } },
    { prices: { m: { input: '1', output: '1 USD/M' } } },
    { price: {} },
  ];
  for (const wrong of bad) assert.ok(!limitsSection.schema.safeParse(wrong).success, JSON.stringify(wrong));
});
