import {
  chatCompletions,
  completions,
  embeddings,
  media,
  openaiAnswerHeaders,
  openaiError,
  openaiErrorEvent,
  openaiRequestHeaders,
} from './openai.ts';
import type { Operation, Wire } from './wire.ts';

/** Azure names the model by its deployment, in the path; a model in the body is not looked at by the service, nor here. */
function ofDeployment(operation: Operation): Operation {
  const { model: _model, ...fields } = operation.fields ?? {};
  return { ...operation, path: `/deployments/{model}${operation.path}`, model: 'path', fields };
}

/** Azure OpenAI: the operations of OpenAI under deployments, with `api-version` in the query, which is passed on. */
export const azure: Wire = {
  name: 'azure',
  provider: 'azure.ai.openai',
  prefix: '/openai',
  operations: [chatCompletions, completions, embeddings, ...media].map(ofDeployment),
  requestHeaders: openaiRequestHeaders,
  query: new Set(['api-version']),
  answerHeaders: openaiAnswerHeaders,
  credentialHeaders: (secret) => ['api-key', secret],
  error: openaiError,
  errorEvent: openaiErrorEvent,
};
