import { z } from 'zod';
import { operatorPermissions } from '../../enforce/identity/index.ts';
import { type ApiRoute, apiRoute } from './route.ts';
import { requestSchema } from './requests.ts';
import { breakGlassHeader } from './second-person.ts';

interface Json {
  readonly [name: string]: unknown;
}
interface ObjectSchema extends Json {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const problemSchema = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: 'urn:surety:fault: and the code.' },
    title: { type: 'string', description: 'What happened, and where.' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do.' },
    code: { type: 'string', description: 'A stable code of the error reference.' },
  },
} as const;

const problemOf = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const responses = {
  Invalid: problemOf('The request is not valid; the title says where.'),
  Unauthenticated: problemOf('Nobody is signed in, or the operator key is not accepted.'),
  Forbidden: problemOf("The operator's roles do not permit it, or the request comes from another site."),
  NotFound: problemOf('There is no such thing.'),
  Conflict: problemOf('The request does not fit the present state.'),
  PreconditionFailed: problemOf('The thing has changed since its ETag was read.'),
  PreconditionRequired: problemOf('If-Match is missing.'),
  TooMany: problemOf('Too many sign-ins failed; Retry-After says how long to wait.'),
  Unavailable: problemOf('The ledger or the store cannot record it, so it was not done.'),
} as const;

const reference = (name: keyof typeof responses): Json => ({ $ref: `#/components/responses/${name}` });

/** JSON Schema without the key that says which dialect it is: the document says so once. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): ObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest as ObjectSchema;
}

export function inputSchema(route: ApiRoute): ObjectSchema {
  return jsonSchema(route.input, 'input');
}

export function pathNames({ path }: ApiRoute): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

/** What is asked beside the path: of GET in the query, of POST in the body. */
function besidePath(route: ApiRoute): [string, Json][] {
  const inPath = pathNames(route);
  return Object.entries(inputSchema(route).properties ?? {}).filter(([name]) => !inPath.includes(name));
}

function parametersOf(route: ApiRoute): Json[] {
  const required = inputSchema(route).required ?? [];
  const inPath = pathNames(route).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = besidePath(route).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  const headers = [
    ...(route.changes
      ? [header('If-Match', 'The ETag of what is changed, or *. Required but on the socket.')]
      : []),
    ...(mayNeedSecondPerson(route)
      ? [header('Surety-Break-Glass', 'A reason of the policy: act alone, at once, with an alert.')]
      : []),
  ];
  return [...inPath, ...(route.method === 'GET' ? inQuery : []), ...headers];
}

function header(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

export function mayNeedSecondPerson({ method, permission }: ApiRoute): boolean {
  if (method !== 'POST' || permission === 'anyone' || permission === 'signed in') return false;
  return permission !== 'approve requests' && permission !== 'break glass';
}

function bodyOf(route: ApiRoute): Json | undefined {
  const properties = besidePath(route);
  if (route.method !== 'POST' || properties.length === 0) return undefined;
  const inPath = pathNames(route);
  const required = (inputSchema(route).required ?? []).filter((name) => !inPath.includes(name));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

function contentOf({ download, output }: ApiRoute): Json {
  if (download) return { [download.contentType]: { schema: { type: 'string', format: 'binary' } } };
  return { 'application/json': { schema: jsonSchema(output, 'output') } };
}

function responsesOf(route: ApiRoute): Json {
  const etag = { ETag: { description: 'For If-Match.', schema: { type: 'string' } } };
  return {
    200: {
      description: 'Done.',
      ...(route.method === 'GET' && { headers: etag }),
      content: contentOf(route),
    },
    ...(mayNeedSecondPerson(route) &&
      !route.download && {
        202: {
          description: 'It waits for a second person.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Request' } } },
        },
      }),
    400: reference('Invalid'),
    401: reference('Unauthenticated'),
    403: reference('Forbidden'),
    404: reference('NotFound'),
    409: reference('Conflict'),
    ...(route.changes && { 412: reference('PreconditionFailed'), 428: reference('PreconditionRequired') }),
    429: reference('TooMany'),
    503: reference('Unavailable'),
  };
}

/** `GET /api/operators/{id}` as `getOperatorsId`. */
function operationId(route: ApiRoute): string {
  const words = route.path
    .replace('/api/', '')
    .split(/[^A-Za-z]+/)
    .filter(Boolean);
  return (
    route.method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  );
}

function describeRoute(route: ApiRoute): Json {
  const { permission, dangerous, recorded, machineFiles, summary, path } = route;
  const asks =
    permission === 'anyone' || permission === 'signed in'
      ? `Open to ${permission === 'anyone' ? 'anyone' : 'whoever is signed in'}.`
      : `Needs \`${permission}\`: ${operatorPermissions[permission]}`;
  const sentences = [
    asks,
    ...(dangerous ? [`A second person must approve it ${dangerous.when}.`] : []),
    ...(recorded ? ['Reading it is an entry of the ledger.'] : []),
    ...(machineFiles ? ['Only on the socket: it names a file of the machine.'] : []),
  ];
  const body = bodyOf(route);
  return {
    operationId: operationId(route),
    tags: [path.split('/')[2] ?? 'api'],
    summary,
    description: sentences.join(' '),
    'x-permission': permission,
    ...(permission === 'anyone' && { security: [] }),
    parameters: parametersOf(route),
    ...(body && { requestBody: body }),
    responses: responsesOf(route),
  };
}

/** The admin API as OpenAPI 3.1, from the schemas the handlers themselves check by. */
export function describeApi(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Surety admin API',
      version,
      description: `Lists come in pages: send \`next\` of a page as \`cursor\` to get the one after. A change needs the ETag of what it changes as If-Match, or \`*\`. What needs a second person is answered with 202; \`${breakGlassHeader}\` does it alone, with an alert.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ operatorKey: [] }, { session: [] }, { hostSession: [] }],
    paths,
    components: {
      schemas: { Problem: problemSchema, Request: jsonSchema(requestSchema, 'output') },
      responses,
      securitySchemes: {
        operatorKey: { type: 'http', scheme: 'bearer', description: 'An operator key, sto_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'surety-session',
          description: 'On plain loopback http.',
        },
        hostSession: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-surety-session',
          description: 'Behind TLS.',
        },
      },
    },
  };
}

/** The route that describes all of them, and itself. */
export function createOpenApiRoute(routes: () => readonly ApiRoute[]): ApiRoute {
  return apiRoute({
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This API, described as OpenAPI 3.1.',
    permission: 'signed in',
    input: z.strictObject({}),
    output: z.record(z.string(), z.unknown()),
    handle: async (_input, { services }) => ({ ...describeApi(routes(), services.version) }),
  });
}
