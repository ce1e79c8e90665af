import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyReadingOf, createClassifier, dataSchema } from '../../privacy/index.ts';
import { Denied } from '../denied.ts';
import type { Attributed } from '../states.ts';
import { inspect } from './inspect.ts';

const classifier = createClassifier(dataSchema.parse({ detect: 'all' }));

/** A call whose detectors fail. */
function failing(observe: boolean): Attributed {
  const broken = {
    ...classifier,
    searcher: {
      ...classifier.searcher,
      search: () => {
        throw new Error('value-in-a-message');
      },
    },
  };
  const document = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
  const state = {
    snapshot: {
      data: {
        classifier: broken,
        readingOf: (_: string, name: string) => bodyReadingOf(name),
        ceilingOf: () => 3,
        aboveOf: () => 'redact',
      },
    },
    route: { name: 'r', observe },
    operation: { operation: { name: 'chat.completions' } },
    plan: [[{ upstream: 'u', weight: 1 }]],
    wouldDeny: [],
    document,
    text: JSON.stringify(document),
  };
  return state as unknown as Attributed;
}

test('a detector that throws refuses the call, and its error is not told', () => {
  const result = inspect(failing(false));
  assert.ok(result instanceof Denied);
  assert.equal(result.fault.code, 'data.uninspected');
  assert.ok(!result.fault.message.includes('value-in-a-message'));
});

test('on an observed route a detector that throws is recorded as what would have refused', () => {
  const result = inspect(failing(true));
  assert.ok(!(result instanceof Denied || result instanceof Promise));
  assert.deepEqual(result.wouldDeny, ['data.uninspected']);
});
