import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { field } from './fields.ts';

const accepts = (schema: z.ZodType, text: unknown, value: unknown) => {
  const result = schema.safeParse(text);
  assert.ok(result.success, `${JSON.stringify(text)} should be taken`);
  assert.deepEqual(result.data, value);
};

const refuses = (schema: z.ZodType, ...texts: unknown[]) => {
  for (const text of texts)
    assert.ok(!schema.safeParse(text).success, `${JSON.stringify(text)} should be refused`);
};

test('a duration becomes milliseconds, within its bounds', () => {
  accepts(field.duration(), '90d', 90 * 86_400_000);
  accepts(field.duration(), '1h30m', 5_400_000);
  accepts(field.duration({ min: 1000, max: 60_000 }), '60s', 60_000);
  refuses(field.duration({ min: 1000, max: 60_000 }), '999ms', '61s');
  refuses(field.duration(), '0s', '-5s', '90', '90 days', '1constructor', '', ' 5s', '5s ', '1e9d', 90);
});

test('a size becomes bytes', () => {
  accepts(field.size(), '10 MB', 10_000_000);
  accepts(field.size(), '64KiB', 65_536);
  refuses(field.size(), '10', '10 mb', '10 Mb', '-1 B', '10 MB/s');
});

test('rates come as a list, one or many', () => {
  accepts(field.rate(), '200k/min', { amount: 200_000, per: 'min' });
  accepts(field.rates(), '600/min', [{ amount: 600, per: 'min' }]);
  accepts(
    field.rates(),
    ['100/s', '5M/day'],
    [
      { amount: 100, per: 's' },
      { amount: 5_000_000, per: 'day' },
    ],
  );
  refuses(field.rates(), [], '0/s', '5/constructor', '5/toString', '600', '600/year', ['600/min', 'x']);
});

test('money is counted in nano-dollars', () => {
  accepts(field.moneyRate(), '50 USD/day', { amount: 50_000_000_000, per: 'day' });
  accepts(field.moneyRates(), ['0.5 USD/h'], [{ amount: 500_000_000, per: 'h' }]);
  accepts(field.price(), '0.25 USD/M', 250);
  refuses(field.moneyRate(), '50 EUR/day', '50/day', '50 USD', '5 USD/valueOf');
  refuses(field.price(), '0.25 USD', '0.25 USD/G', '-1 USD/M');
});

test('a secret reference is taken as it stands, and a literal secret is never repeated', () => {
  accepts(field.secretReference(), 'env:OPENAI_API_KEY', 'env:OPENAI_API_KEY');
  accepts(field.secretReference(), 'file:/run/secrets/openai', 'file:/run/secrets/openai');
  for (const prefix of ['', 'env:', 'ENV:', 'file:', 'vault:', 'env:A\n', 'file://', ' env:']) {
    const result = field.secretReference().safeParse(`${prefix}hunter2 hunter2`);
    const taken = prefix === 'file:';
    assert.equal(result.success, taken, prefix);
    assert.ok(taken || !JSON.stringify(result.error?.issues).includes('hunter2'), prefix);
  }
  refuses(field.secretReference(), '', 'env:', 'file:', 'env:1A', 'file: /x', 'file:/x\n', 5);
});

test('a URL has the scheme asked for and no user, password or fragment', () => {
  const https = field.url({ schemes: ['https'] });
  accepts(https, 'https://api.openai.com', 'https://api.openai.com/');
  accepts(https, 'https://h.example/base?api-version=1', 'https://h.example/base?api-version=1');
  refuses(
    https,
    'http://api.openai.com',
    'https://user:pass@h.example',
    'https://h.example/#x',
    'https://',
    'https:/x',
  );
  refuses(https, 'javascript:alert(1)', 'https://h.exa mple', 'https://h.example\n');
});

test('a path pattern is absolute and normalized', () => {
  for (const pattern of ['/', '/v1/**', '/v1/*/files', '/**', '/*', '/healthz']) {
    accepts(field.pathPattern(), pattern, pattern);
  }
  refuses(
    field.pathPattern(),
    'v1/**',
    '/v1/',
    '//v1',
    '/v1//x',
    '/v1/../x',
    '/v1/.',
    '/a*',
    '/**/x',
    '/v1/***',
  );
  refuses(
    field.pathPattern(),
    '/v1/%2e%2e/x',
    '/v1?x',
    '/v1#x',
    '/v1\\x',
    '/v 1',
    '/v1/**\n',
    `/${'a'.repeat(600)}`,
  );
});

test('a permission is a verb and a path pattern', () => {
  accepts(field.permission(), 'call /v1/**', { verb: 'call', resource: '/v1/**' });
  refuses(
    field.permission(),
    'call',
    'call v1',
    'delete /v1/**',
    'call  /v1',
    'call /v1/../x',
    'call /v1 /v2',
    '/v1',
  );
});

test('an address range is normalized CIDR', () => {
  accepts(field.cidr(), '10.0.0.0/8', '10.0.0.0/8');
  accepts(field.cidr(), '192.0.2.7', '192.0.2.7/32');
  accepts(field.cidr(), '2001:DB8::/32', '2001:db8::/32');
  accepts(field.cidr(), '0.0.0.0/0', '0.0.0.0/0');
  refuses(
    field.cidr(),
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '::ffff:10.0.0.0/104',
  );
  refuses(field.cidr(), '2001:db8::1/32', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'fe80::1%eth0', 'localhost');
});

test('a listen address is an address and a port, and says whether it is loopback', () => {
  accepts(field.listenAddress(), '127.0.0.1:8080', { host: '127.0.0.1', port: 8080, loopback: true });
  accepts(field.listenAddress(), '[::1]:0', { host: '::1', port: 0, loopback: true });
  accepts(field.listenAddress(), '0.0.0.0:8443', { host: '0.0.0.0', port: 8443, loopback: false });
  accepts(field.listenAddress(), '[::ffff:127.0.0.1]:80', {
    host: '::ffff:7f00:1',
    port: 80,
    loopback: true,
  });
  refuses(
    field.listenAddress(),
    '8080',
    ':8080',
    'localhost:8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '[127.0.0.1]:80',
  );
  refuses(field.listenAddress(), '::1:8080', '127.0.0.1:080', '127.1:80', '[::1%lo]:80');
});

test('names and models hold nothing that could leave a label, a path or a line', () => {
  accepts(field.name(), 'agents.v1_a-b', 'agents.v1_a-b');
  accepts(field.modelPattern(), 'meta/llama-4:free', 'meta/llama-4:free');
  accepts(field.modelPattern(), 'gpt-5*', 'gpt-5*');
  accepts(field.modelPattern(), '*', '*');
  refuses(field.name(), '', '-a', '__proto__', 'a b', 'a/b', '../x', 'a\n', 'ä', 'a'.repeat(64));
  refuses(field.modelPattern(), '', '**', 'a*b', '*a', 'a b', 'a\n', '__proto__');
});

test('no text makes a field throw', () => {
  const fields = [
    field.duration(),
    field.size(),
    field.rates(),
    field.moneyRates(),
    field.price(),
    field.secretReference(),
    field.url({ schemes: ['https', 'http'] }),
    field.pathPattern(),
    field.permission(),
    field.cidr(),
    field.listenAddress(),
    field.name(),
    field.modelPattern(),
  ];
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.ipV6()), (text) => {
      for (const schema of fields) schema.safeParse(text);
    }),
    { numRuns: 300 },
  );
});
