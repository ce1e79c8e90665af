import { z } from 'zod';
import { outside, parseFlow } from './flows.ts';
import type { PolicySection } from './section.ts';

const serviceName = () =>
  z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'not a service; write small letters, digits and dashes');

const service = z
  .strictObject({
    image: z.string().min(1).exactOptional().describe('The image it runs, as deployed.'),
    port: z.int().min(1).max(65_535).exactOptional().describe('The port it is reached at by other services.'),
    namespace: z.string().min(1).exactOptional().describe('Its Kubernetes namespace. Default: any.'),
    labels: z
      .record(z.string(), z.string())
      .exactOptional()
      .describe('Labels of its Pods. Default: workloads, or app labels, called like the service.'),
  })
  .describe('One service of the system.');

const flow = z
  .string()
  .refine(
    (text) => parseFlow(text) !== undefined,
    'not a flow; write agents -> memory, agents -> https://api.openai.com or outside -> gate',
  )
  .describe('Who may open connections to whom; everything else is to be refused.')
  .meta({ examples: ['agents -> memory', 'agents -> https://api.openai.com', 'outside -> gate'] });

const schema = z
  .strictObject({
    name: z.string().trim().min(1).max(100).prefault('AI platform').describe('What the system is called.'),
    contact: z
      .string()
      .max(300)
      .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s@]+)$/, 'not a contact; write mailto:… or https://…')
      .optional()
      .describe('Where a person reports a security problem.')
      .meta({ examples: ['mailto:security@example.com', 'https://example.com/security'] }),
    description: z.string().max(2000).optional().describe('What the system does, in a sentence.'),
    services: z
      .record(serviceName(), service)
      .prefault({})
      .describe('What runs: the services of the system.'),
    flows: z.array(flow).prefault([]).describe('The connections the services need.'),
  })
  .describe('The system this policy is about.');

/** The `system` section: what the policy is about. Owned here, because no room enforces it. */
export const systemSection: PolicySection<'system', typeof schema, { readonly system: SystemPolicy }> = {
  name: 'system',
  schema,
  check({ system: { services, flows } }, report) {
    const allowed = [...Object.keys(services), outside];
    if (Object.hasOwn(services, outside))
      report({
        path: ['system', 'services', outside],
        message: 'outside means whoever is not of the system',
      });
    for (const [index, text] of flows.entries()) {
      const parsed = parseFlow(text);
      const named = parsed ? [parsed.from, ...(parsed.to.kind === 'service' ? [parsed.to.name] : [])] : [];
      for (const name of named)
        if (!allowed.includes(name))
          report({
            path: ['system', 'flows', index],
            message: 'no service of this name',
            found: name,
            allowed,
          });
    }
  },
};

export type SystemPolicy = z.output<typeof schema>;
