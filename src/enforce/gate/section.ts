import { z } from 'zod';
import { alertsSchema, field, limitSetSchema } from '../../policy/index.ts';
import type { IdentitySection } from '../identity/index.ts';
import type { LimitsSection } from '../limits/index.ts';
import { aboveActions, type DataSection, type KeepingPolicy, parseFieldPlace } from '../privacy/index.ts';
import { mayPass } from './headers.ts';
import type { Target } from './target.ts';

const deadlines = z
  .strictObject({
    connect: field
      .duration({ max: 120_000 })
      .prefault('5s')
      .describe('Until the service accepts a connection.'),
    firstByte: field
      .duration({ max: 3_600_000 })
      .prefault('120s')
      .describe('Until the service begins to answer.'),
    idle: field
      .duration({ max: 3_600_000 })
      .prefault('60s')
      .describe('The longest silence within an answer.'),
    total: field.duration({ max: 86_400_000 }).prefault('15m').describe('The whole call, with all tries.'),
  })
  .prefault({})
  .describe('How long the gate waits for the service.');

const breaker = z
  .strictObject({
    failures: z.int().min(1).max(1000).prefault(5).describe('Failures in a row that take the service out.'),
    pause: field
      .duration({ max: 600_000 })
      .prefault('10s')
      .describe('How long it stays out before one call tries it.'),
  })
  .prefault({})
  .describe('The circuit breaker: passive health, from the calls themselves.');

const health = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/\S*$/, 'not a path; write /health')
      .describe('Answers 2xx while the service is well.'),
    every: field.duration({ min: 1000 }).prefault('10s').describe('How often it is asked.'),
    timeout: field.duration({ max: 60_000 }).prefault('2s').describe('How long it may take.'),
  })
  .describe('Active health: the gate asks the service. Without it only the circuit breaker watches.');

const remote = {
  credential: field
    .secretReference()
    .optional()
    .describe('Sent to the service as its wire demands; read again when it changes.'),
  private: z
    .boolean()
    .prefault(false)
    .describe('The service may have a private or loopback address, and plain http.'),
  proxy: field
    .url({ schemes: ['http', 'https'] })
    .optional()
    .describe('The egress proxy (CONNECT) to reach it through.'),
  ca: z
    .string()
    .min(1)
    .optional()
    .describe('A PEM file of the certificate authorities it is checked by, instead of the usual ones.'),
  connections: z.int().min(1).max(4096).prefault(256).describe('Connections kept at most.'),
  deadlines,
  breaker,
  health: health.optional(),
};

const ceiling = z
  .string()
  .min(1)
  .max(32)
  .exactOptional()
  .describe(
    'The highest class of data that may go there. The lower one holds where both the route and the upstream say one; data.ceiling where neither does.',
  )
  .meta({ kind: 'a class', examples: ['confidential'] });

const upstream = z
  .strictObject({
    maximum: z
      .enum(['max_completion_tokens', 'max_tokens'])
      .exactOptional()
      .describe(
        'The member by which the service takes a maximum of output tokens, where the gateway names one in a chat completion. Default: max_completion_tokens.',
      ),
    url: field
      .url({ schemes: ['https', 'http'] })
      .optional()
      .describe('The address of the service.'),
    builtin: z
      .literal('echo')
      .optional()
      .describe('The built-in echo model instead of a service: for trying things out.'),
    ceiling,
    ...remote,
  })
  .describe('An AI service behind the gate.');

const target = z
  .union([
    field.name(),
    z.strictObject({
      upstream: field.name().describe('The service.'),
      model: z
        .string()
        .min(1)
        .max(200)
        .exactOptional()
        .describe('What the service calls the model, where it differs.'),
      weight: z
        .int()
        .min(0)
        .max(1000)
        .prefault(1)
        .describe('The share of calls among targets of the same place in the list.'),
    }),
  ])
  .transform((value): Target => (typeof value === 'string' ? { upstream: value, weight: 1 } : value));

const targets = z
  .union([target, z.array(z.union([target, z.array(target).min(1)])).min(1)])
  .transform((value) =>
    (Array.isArray(value) ? value : [value]).map((place) => (Array.isArray(place) ? place : [place])),
  );

const fieldPlaces = (meaning: string) =>
  z
    .array(
      z
        .string()
        .max(200)
        .refine(
          (place) => parseFieldPlace(place) !== undefined,
          'not the place of a field; write messages[].content',
        ),
    )
    .min(1)
    .exactOptional()
    .describe(meaning)
    .meta({ examples: [['messages[].content']] });

const fields = z
  .strictObject({
    text: fieldPlaces(
      'Strings. Those of one list are read as one text, so that what is split over them is found.',
    ),
    json: fieldPlaces('Strings that hold JSON.'),
    skip: fieldPlaces('Not looked into: vectors, and what else says nothing.'),
    stream: fieldPlaces(
      'In the events of streamed answers: strings that come in pieces. Without it such answers cannot be read.',
    ),
  })
  .describe(
    'For the generic wire: what stands where in JSON bodies. Everything that is not named is looked into as it is written.',
  );

const route = z.strictObject({
  name: field
    .name()
    .optional()
    .describe('How entries, metrics and limits call the route; default: its match.'),
  match: field
    .pathPattern()
    .describe('The paths of the route. The most specific route wins, whatever the order.'),
  wire: z
    .enum(['openai', 'azure', 'anthropic', 'generic'])
    .prefault('generic')
    .describe('The protocol spoken on it.'),
  models: z
    .record(field.modelPattern(), targets)
    .optional()
    .describe(
      'Each model and the services that serve it, in the order they are tried. A list within the list shares by weight.',
    ),
  to: field
    .url({ schemes: ['https', 'http'] })
    .optional()
    .describe('For the generic wire: the one service behind the route.'),
  ...remote,
  public: z
    .boolean()
    .prefault(false)
    .describe('No credential is asked for. Shown wherever the policy is shown.'),
  observe: z
    .boolean()
    .prefault(false)
    .describe('What permissions and limits would refuse is recorded and let through.'),
  record: z
    .enum(['before', 'overlap'])
    .prefault('before')
    .describe(
      'before: the decision is durable before the call is forwarded, so that no service is ever reached without an entry. overlap: before the first byte of the answer. It saves a call the time of one write to the disk; what a service got in the moment before a crash may then have no entry.',
    ),
  headers: z
    .array(
      z
        .string()
        .max(64)
        .regex(/^[a-z0-9][a-z0-9-]*$/, 'not the name of a header in small letters; write x-tenant')
        .refine(
          mayPass,
          'the gateway sets or holds back this header, or services take it for the identity of the caller',
        ),
    )
    .max(64)
    .exactOptional()
    .describe('Request headers passed on beside those of the wire.')
    .meta({ examples: [['x-tenant']] }),
  ceiling,
  above: z
    .enum(aboveActions)
    .exactOptional()
    .describe('What is done with a call above the ceiling. Default: data.above.'),
  fields: fields.exactOptional(),
  limits: limitSetSchema.optional().describe('Shared by all calls on the route.'),
  alerts: alertsSchema(
    'Shares of these limits per day or month at which somebody is told. Default: limits.alerts.',
  ).optional(),
});

export const gateSchema = z
  .strictObject({
    listen: field
      .listenAddress()
      .prefault('127.0.0.1:8080')
      .describe('Where callers connect. Needs a restart to change.'),
    tls: z
      .literal('elsewhere')
      .optional()
      .describe(
        'Said when something in front ends TLS; without it the gate listens on loopback only. Needs a restart to change.',
      ),
    proxies: z
      .array(field.cidr())
      .prefault([])
      .describe(
        'Proxies in front whose X-Forwarded-For is believed. With proxyProtocol a change needs a restart.',
      ),
    proxyProtocol: z
      .boolean()
      .prefault(false)
      .describe('Connections begin with a PROXY protocol header (v1 or v2). Needs a restart to change.'),
    addresses: z
      .strictObject({
        allow: z.array(field.cidr()).optional().describe('Only these may call.'),
        deny: z.array(field.cidr()).prefault([]).describe('These may not, also where allow names them.'),
      })
      .prefault({})
      .describe('Whose calls are looked at at all.'),
    bounds: z
      .strictObject({
        body: field.size().prefault('10 MB').describe('The largest request body.'),
        answer: field
          .size()
          .prefault('32 MB')
          .describe(
            'The largest JSON answer that is read for its usage; larger ones pass unread and are charged as reserved.',
          ),
        values: z
          .int()
          .min(1000)
          .max(10_000_000)
          .prefault(100_000)
          .describe('Objects, arrays and strings in one JSON body; more are refused before they are made.'),
        depth: z.int().min(4).max(512).prefault(64).describe('The deepest JSON.'),
        calls: z.int().min(1).max(100_000).prefault(2048).describe('Calls in flight; more are turned away.'),
        memory: field
          .size()
          .prefault('512 MB')
          .describe('Bodies held in memory at once; more are turned away.'),
        connections: z
          .int()
          .min(1)
          .max(100_000)
          .prefault(10_000)
          .describe('Open connections. Needs a restart to change.'),
      })
      .prefault({})
      .describe('What one machine can bear.'),
    deadlines: z
      .strictObject({
        headers: field
          .duration({ max: 600_000 })
          .prefault('10s')
          .describe('Until the head of a request has come. Needs a restart to change.'),
        body: field
          .duration({ max: 3_600_000 })
          .prefault('60s')
          .describe('Until the body of a request has come.'),
        reader: field
          .duration({ max: 3_600_000 })
          .prefault('60s')
          .describe(
            'How long a caller may leave an answer unread. For answers sent whole a change needs a restart.',
          ),
        drain: field
          .duration({ max: 3_600_000 })
          .prefault('30s')
          .describe('How long calls in flight may go on at shutdown.'),
      })
      .prefault({})
      .describe('How long the gate waits for callers.'),
    retries: z
      .strictObject({
        tries: z
          .int()
          .min(1)
          .max(10)
          .prefault(3)
          .describe('Tries of one call, the first and fallbacks included.'),
        budget: z
          .number()
          .min(0)
          .max(1)
          .prefault(0.2)
          .describe('Retries as a share of calls, so that an outage is not multiplied.'),
        wait: field
          .duration({ max: 60_000 })
          .prefault('10s')
          .describe('The longest Retry-After of a service that is waited for.'),
      })
      .prefault({})
      .describe('Before the first byte of an answer only.'),
    upstreams: z.record(field.name(), upstream).prefault({}).describe('The AI services.'),
    routes: z.array(route).prefault([]).describe('What is served. Everything else is 404.'),
  })
  .prefault({});

export type GateSection = z.output<typeof gateSchema>;
export type RouteSection = GateSection['routes'][number];
export type UpstreamSection = GateSection['upstreams'][string];

/** The sections the gate decides by. */
export interface GatePolicy {
  readonly gate: GateSection;
  readonly identity: IdentitySection;
  readonly limits: LimitsSection;
  /** Absent in a format without the section: nothing is looked for. */
  readonly data?: DataSection & Partial<Pick<KeepingPolicy['data'], 'subjects'>>;
}
