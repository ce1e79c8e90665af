import { z } from 'zod';
import type { PolicyFormat } from './format.ts';
import { metaOf } from './schema-walk.ts';

/**
 * The policy's JSON Schema (draft 2020-12) for editors: completion, hover texts and a first check. The reading of a policy checks more
 * (places, secrets, what sections say of each other), so a file an editor accepts can still be refused.
 */
export function policyJsonSchema(format: PolicyFormat<unknown>): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(format.schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'throw',
    override({ zodSchema, jsonSchema }) {
      // Zod drops the examples of a field that transforms, because they may be outputs; ours are inputs.
      const { examples } = metaOf(zodSchema);
      if (examples.length > 0) jsonSchema.examples = [...examples];
      Reflect.deleteProperty(jsonSchema, 'kind');
    },
  });
}
