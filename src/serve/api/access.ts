import { z } from 'zod';
import { apiRoute } from './route.ts';

export const explainAccess = apiRoute({
  method: 'GET',
  path: '/api/access',
  summary: 'Whether somebody may do something, and which line of the policy or built-in role decides.',
  permission: 'read access',
  input: z.strictObject({
    principal: z
      .string()
      .min(1)
      .max(200)
      .describe(
        'The id of an operator or key, `owner`, or a role: of operators, or of callers for `call …`.',
      ),
    action: z
      .string()
      .min(1)
      .max(2000)
      .describe('`revoke keys` and other permissions of operators; or `call /v1/chat/completions`.'),
    model: z.string().min(1).max(200).optional().describe('For `call …`: the model.'),
  }),
  output: z.object({
    permitted: z.boolean(),
    because: z.string(),
    place: z.string().optional().describe('file:line:column in the policy in force.'),
    path: z.string().optional().describe('The key of the policy at that place.'),
    builtInRole: z.string().optional().describe('The built-in role that decides, where no line does.'),
  }),
  handle: ({ principal, action, model }, { services }) =>
    services.explainAccess({ principal, action, model }),
});
