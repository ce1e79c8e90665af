import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describeApi } from './openapi.ts';
import { apiRoutes } from './routes.ts';

type Operation = {
  readonly operationId: string;
  readonly responses: object;
  readonly parameters: { name: string; in: string }[];
};

const document = describeApi(apiRoutes, '1.2.3');

test('the description is valid OpenAPI 3.1', async () => {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const validator = new Validator();
  const result = await validator.validate(copy);
  assert.deepEqual(result.errors ?? [], []);
  assert.equal(result.valid, true);
  assert.equal(validator.version, '3.1');
});

test('a description with a mistake is not', async () => {
  const result = await new Validator().validate({ ...document, paths: { 'no-slash': {} } });
  assert.equal(result.valid, false);
});

test('every route is described once, with its errors, and its path parameters', () => {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  assert.equal(operations.length, apiRoutes.length);
  assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
  for (const { path, operation } of operations) {
    for (const status of ['200', '400', '401', '403'])
      assert.ok(status in operation.responses, `${path} ${status}`);
    const named = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    assert.deepEqual(
      named,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
  }
});

test('everything referred to is there', () => {
  const text = JSON.stringify(document);
  const { components } = document as { components: Record<string, Record<string, unknown>> };
  const references = [...text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)];
  assert.ok(references.length > 0);
  for (const [, kind = '', name = ''] of references)
    assert.ok(components[kind]?.[name] !== undefined, `${kind} ${name}`);
  assert.ok(!text.includes('"$ref":"#/$defs'), 'a schema refers to definitions that are not there');
});
