import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, type FaultCode, faultTable, type JsonObject } from '../../../kernel/index.ts';
import { splitEvents } from './sse.ts';
import type { Operation, WireName } from './wire.ts';
import { wires } from './wires.ts';

const context = { requestId: 'req-1' };

function operationOf(wire: WireName, name: string): Operation {
  const found = wires[wire].operations.find((operation) => operation.name === name);
  assert.ok(found, `${wire} has no ${name}`);
  return found;
}

describe('the tables of operations', () => {
  for (const wire of Object.values(wires)) {
    it(`of ${wire.name} name each operation, and each method with path, once`, () => {
      const names = wire.operations.map(({ name }) => name);
      const places = wire.operations.map(({ method, path }) => `${method} ${path}`);
      assert.equal(new Set(names).size, names.length);
      assert.equal(new Set(places).size, places.length);
      for (const operation of wire.operations) {
        assert.match(operation.name, /^[a-z_.]+$/);
        assert.match(operation.telemetry, /^[a-z_]+$/);
        assert.ok(operation.path.startsWith('/'));
        assert.equal(operation.path.includes('{model}'), operation.model === 'path');
        if (operation.answeredBy === 'gate') assert.ok(wire.listModels, `${operation.name} has no answer`);
        if (operation.model === 'body' && operation.body === 'json') assert.ok(operation.fields?.['model']);
        if (operation.usageRequest) assert.ok(operation.readEvent);
      }
    });
  }

  it('serve nothing that is stored under the shared credential', () => {
    for (const wire of [wires.openai, wires.azure, wires.anthropic])
      for (const { path } of wire.operations)
        assert.doesNotMatch(
          path,
          /files|batches|assistants|threads|vector|uploads|fine_tuning|\{(?!model\})/,
        );
  });
});

describe('refusals', () => {
  const codes = Object.keys(faultTable) as FaultCode[];

  it('in the form of OpenAI carry type, code, message and param', () => {
    for (const wire of [wires.openai, wires.azure]) {
      for (const code of codes) {
        const { contentType, body } = wire.error(new Fault(code), context);
        assert.equal(contentType, 'application/json');
        const { error } = JSON.parse(body) as { error: Record<string, unknown> };
        assert.equal(error['code'], code);
        assert.equal(error['param'], null);
        assert.match(String(error['type']), /_error$/);
        assert.match(String(error['message']), /req-1/);
      }
    }
  });

  it('in the form of Anthropic carry type error, and the request id', () => {
    const types = new Set<unknown>();
    for (const code of codes) {
      const document = JSON.parse(wires.anthropic.error(new Fault(code), context).body) as JsonObject;
      assert.equal(document['type'], 'error');
      assert.equal(document['request_id'], 'req-1');
      types.add((document['error'] as JsonObject)['type']);
    }
    for (const type of [
      'authentication_error',
      'permission_error',
      'rate_limit_error',
      'overloaded_error',
      'not_found_error',
    ])
      assert.ok(types.has(type), type);
  });

  it('in the generic form are RFC 9457 problem details', () => {
    const { contentType, body } = wires.generic.error(new Fault('limit.requests'), context);
    assert.equal(contentType, 'application/problem+json');
    const problem = JSON.parse(body) as JsonObject;
    assert.deepEqual(
      [problem['status'], problem['code'], problem['requestId']],
      [429, 'limit.requests', 'req-1'],
    );
  });

  it('cut a stream with one whole event of the wire', () => {
    const cut = (wire: WireName, name: string): JsonObject => {
      const text = wires[wire].errorEvent(operationOf(wire, name), new Fault('stream.revoked'), context);
      const events = splitEvents(text ?? '');
      assert.equal(events.length, 1);
      return JSON.parse(events[0]?.data ?? '') as JsonObject;
    };
    assert.equal((cut('openai', 'chat.completions')['error'] as JsonObject)['code'], 'stream.revoked');
    assert.equal((cut('azure', 'chat.completions')['error'] as JsonObject)['code'], 'stream.revoked');
    assert.deepEqual(
      [cut('openai', 'responses')['type'], cut('openai', 'responses')['code']],
      ['error', 'stream.revoked'],
    );
    assert.equal((cut('anthropic', 'messages')['error'] as JsonObject)['type'], 'authentication_error');
    assert.equal(
      wires.generic.errorEvent(operationOf('generic', 'http'), new Fault('stream.revoked'), context),
      undefined,
    );
  });
});

describe('lists of models', () => {
  it('name the given models and no other', () => {
    const openai = JSON.parse(wires.openai.listModels?.(['a', 'b'], undefined) ?? '') as {
      data: { id: string }[];
    };
    assert.deepEqual(
      openai.data.map(({ id }) => id),
      ['a', 'b'],
    );
    const anthropic = JSON.parse(wires.anthropic.listModels?.(['a', 'b'], undefined) ?? '') as JsonObject;
    assert.deepEqual([anthropic['first_id'], anthropic['last_id'], anthropic['has_more']], ['a', 'b', false]);
    assert.equal(wires.openai.listModels?.(['a'], 'b'), undefined);
    assert.equal(wires.anthropic.listModels?.([], 'b'), undefined);
    assert.match(wires.openai.listModels?.(['a'], 'a') ?? '', /"id":"a"/);
  });
});
