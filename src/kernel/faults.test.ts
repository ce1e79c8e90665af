import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { type FaultCode, faultTable } from './fault-table.ts';
import { asFault, Fault } from './faults.ts';

const codes = Object.keys(faultTable) as FaultCode[];

describe('the table of faults', () => {
  it('has for every code a status, and sentences that end', () => {
    for (const code of codes) {
      const { status, title, action } = faultTable[code];
      assert.match(code, /^[a-z]+(\.[a-z-]+)?$/);
      assert.ok(status >= 400 && status < 600, code);
      for (const sentence of [title, action]) assert.match(sentence, /^[A-Z].*[.…]$/s, code);
    }
  });

  it('is told in docs/errors.md, every code of it', () => {
    const reference = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    const told = [...reference.matchAll(/^\| `([^`]+)` \| (\d+) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    assert.deepEqual(
      told,
      codes.map((code) => [code, faultTable[code].status]),
    );
  });
});

describe('a fault', () => {
  it('says what happened, what varies, and what to do', () => {
    const fault = new Fault('body.invalid', { detail: 'At "a".', retryAfterMs: 5 });
    assert.equal(fault.message, 'The request body is not valid. At "a".');
    assert.deepEqual([fault.status, fault.retryAfterMs], [400, 5]);
    assert.equal(fault.action, 'Mend the body at the named place.');
  });

  it('of an unknown error shows nothing of it', () => {
    const fault = asFault(new Error('connect 10.1.2.3 with sk-secret-4711'));
    assert.equal(fault.code, 'internal');
    assert.ok(!`${fault.message}${fault.action}`.includes('4711'));
    assert.match(inspect(fault.cause), /4711/);
    assert.equal(asFault(fault), fault);
    for (const thrown of [undefined, null, 'text', 5]) assert.equal(asFault(thrown).code, 'internal');
  });
});
