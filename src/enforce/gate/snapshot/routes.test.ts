import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gateSection } from '../policy-section.ts';
import { compileRoute, type Route } from './routes.ts';

function routeOf(section: object): Route {
  const [route] = gateSection.schema.parse({ routes: [section] }).routes;
  assert.ok(route);
  return compileRoute(route);
}

const named = (route: Route, method: string, path: string) => {
  const found = route.findOperation(method, path);
  return found && [found.operation.name, found.path, found.pathModel];
};

describe('operations of a route', () => {
  const mounts: readonly (readonly [string, string, string])[] = [
    ['/v1/**', '/v1/messages', '/v1/messages'],
    ['/anthropic/**', '/anthropic/v1/messages', '/anthropic/v1/messages'],
    ['/anthropic/v1/**', '/anthropic/v1/messages', '/anthropic/v1/messages'],
    ['/v1/messages', '/v1/messages', '/v1/messages'],
    ['/teams/*/v1/**', '/teams/blue/v1/messages', '/teams/red/v1/messages'],
    ['/**', '/v1/messages', '/v1/messages'],
  ];
  for (const [match, first, second] of mounts) {
    it(`are found under ${match}`, () => {
      const route = routeOf({ match, wire: 'anthropic', models: { m: 'x' } });
      for (const path of [first, second])
        assert.deepEqual(named(route, 'POST', path), ['messages', '/messages', undefined]);
      assert.equal(route.findOperation('GET', first), undefined, 'another method');
      assert.equal(route.findOperation('POST', `${first}/batches`), undefined, 'a longer path');
      assert.equal(route.findOperation('POST', first.slice(0, -1)), undefined, 'a shorter path');
    });
  }

  it('that are not in the table are not found', () => {
    const route = routeOf({ match: '/v1/**', wire: 'openai', models: { m: 'x' } });
    const strangers = [
      ['GET', '/v1/files'],
      ['GET', '/v1/responses/resp_1'],
      ['DELETE', '/v1/models/m'],
      ['POST', '/v1/chat/completions/'],
      ['post', '/v1/chat/completions'],
      ['POST', '/v1/Chat/Completions'],
      ['POST', '/v1'],
      ['POST', '/v1/'],
      ['POST', '/v1/v1'],
      ['GET', '/v1/models/'],
    ];
    for (const [method = '', path = ''] of strangers)
      assert.equal(route.findOperation(method, path), undefined, `${method} ${path}`);
  });

  it('of Azure stand under a deployment, which names the model', () => {
    for (const [match, path] of [
      ['/openai/**', '/openai/deployments/gpt/chat/completions'],
      ['/azure/**', '/azure/openai/deployments/gpt/chat/completions'],
    ] as const) {
      const route = routeOf({ match, wire: 'azure', models: { gpt: 'x' } });
      assert.deepEqual(named(route, 'POST', path), [
        'chat.completions',
        '/deployments/{model}/chat/completions',
        'gpt',
      ]);
      assert.equal(route.findOperation('POST', path.replace('gpt', '')), undefined);
      assert.equal(route.findOperation('GET', path), undefined);
    }
  });

  it('name a model in the path as the caller means it, with its escapes undone', () => {
    const route = routeOf({ match: '/v1/**', wire: 'openai', models: { 'llama:8b': 'x' } });
    assert.deepEqual(named(route, 'GET', '/v1/models/llama%3A8b'), [
      'models.get',
      '/models/{model}',
      'llama:8b',
    ]);
    assert.equal(route.findOperation('GET', '/v1/models/%FF'), undefined, 'no UTF-8');
  });

  it('of the generic wire are one, for every method and path under the route', () => {
    const route = routeOf({ match: '/agents/**', to: 'https://agents.example' });
    for (const [method, path, rest] of [
      ['GET', '/agents/run', '/run'],
      ['DELETE', '/agents/a/b', '/a/b'],
      ['POST', '/agents/', '/'],
    ] as const)
      assert.deepEqual(named(route, method, path), ['http', rest, undefined]);
  });
});

describe('targets of a model', () => {
  const route = routeOf({
    match: '/v1/**',
    wire: 'openai',
    models: { exact: 'a', 'gpt-*': ['b', { upstream: 'c', model: 'renamed' }], 'gpt-5*': [['a', 'b'], 'c'] },
  });
  const upstreams = (model: string) =>
    route.targetsOf(model)?.map((place) => place.map(({ upstream }) => upstream));

  it('are those of the exact name, else of the longest beginning', () => {
    assert.deepEqual(upstreams('exact'), [['a']]);
    assert.deepEqual(upstreams('gpt-4'), [['b'], ['c']]);
    assert.deepEqual(upstreams('gpt-5-mini'), [['a', 'b'], ['c']]);
  });

  it('are none for a model the route does not name, also one with the name of a property', () => {
    for (const model of ['other', 'exactly', '__proto__', 'constructor', 'toString', ''])
      assert.equal(route.targetsOf(model), undefined, model);
    assert.equal(route.targetsOf(undefined), undefined);
  });

  it('show exact names only in lists', () => assert.deepEqual(route.modelNames, ['exact']));
});
