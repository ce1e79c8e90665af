import type { Operation } from './wire.ts';

/** Lists of models, which the gate answers from the policy: the service would show every model of the shared credential. */
export const modelLists: readonly Operation[] = [
  {
    name: 'models.list',
    telemetry: 'list_models',
    method: 'GET',
    path: '/models',
    body: 'none',
    model: 'none',
    answeredBy: 'gate',
    output: { kind: 'none' },
  },
  {
    name: 'models.get',
    telemetry: 'get_model',
    method: 'GET',
    path: '/models/{model}',
    body: 'none',
    model: 'path',
    answeredBy: 'gate',
    output: { kind: 'none' },
  },
];
