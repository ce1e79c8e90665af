import { Hono } from 'hono';
import type { z } from 'zod';
import {
  compileOperatorRoles,
  type Operator,
  type OperatorPermission,
  type OperatorRoles,
  socketOperator,
} from '../../enforce/identity/index.ts';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import type { AdminServices } from './services.ts';

/** What a route asks of who asks: a permission, only to be signed in, or nothing. */
export type RoutePermission = OperatorPermission | 'signed in' | 'anyone';

/** One route of the admin API: a file each, with its schemas, the permission it needs and its handler. */
export interface ApiRoute<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST';
  /** `:id` takes one segment. */
  readonly path: string;
  readonly summary: string;
  /** Checked before the input is looked at, in one place, for every route. */
  readonly permission: RoutePermission;
  /** Path parameters, query and JSON body together, by name. */
  readonly input: Input;
  readonly output: Output;
  handle(
    input: z.output<Input>,
    context: { services: AdminServices; operator: Operator },
  ): Promise<z.input<Output>>;
}

/** Keeps the types of a row's schemas and handler together. */
export function apiRoute<Input extends z.ZodType, Output extends z.ZodType>(
  route: ApiRoute<Input, Output>,
): ApiRoute {
  return route;
}

/** The one place where a permission is checked. What no grant covers is refused. */
function requirePermission(
  permission: RoutePermission,
  operator: Operator | undefined,
  roles: OperatorRoles,
): asserts operator is Operator {
  if (permission === 'anyone') return;
  if (!operator) throw new Fault('operator.unauthenticated');
  if (permission === 'signed in') return;
  if (!roles.decide(operator.roles, permission).permitted)
    throw new Fault('operator.forbidden', { detail: `It needs "${permission}".` });
}

/**
 * The admin API over its routes. It asks for no credential: it is reached only in process and through a socket that none but the
 * owner of the data folder can open. `fetch` is the one entrance for both.
 */
export function createAdminApi(options: { routes: readonly ApiRoute[]; services: AdminServices; log: Log }): {
  fetch(request: Request, operator?: Operator): Promise<Response>;
} {
  const { routes, services, log } = options;
  const roles = compileOperatorRoles({});
  const app = new Hono<{ Bindings: { operator: Operator } }>();
  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      const { operator } = context.env;
      requirePermission(route.permission, operator, roles);
      const body = route.method === 'POST' ? await readBody(context.req.raw) : {};
      const parsed = route.input.safeParse({ ...body, ...context.req.query(), ...context.req.param() });
      if (!parsed.success) throw new Fault('api.invalid', { detail: describe(parsed.error) });
      const result = await route.handle(parsed.data, { services, operator });
      return context.json(route.output.parse(result) as object);
    });
  }
  app.notFound(() => problem(new Fault('api.not-found')));
  app.onError((error) => {
    const fault = asFault(error);
    if (fault.code === 'internal')
      log.error('an operator request failed', {
        error: error.name,
        place: error.stack?.split('\n')[1]?.trim(),
      });
    return problem(fault);
  });
  return { fetch: async (request, operator = socketOperator) => app.fetch(request, { operator }) };
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text();
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Answered below like every body that is no object.
  }
  throw new Fault('api.invalid', { detail: 'The body is not a JSON object.' });
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}.`).join(' ');
}

/** RFC 9457. */
function problem(fault: Fault): Response {
  const body = {
    type: `urn:surety:fault:${fault.code}`,
    title: fault.message,
    status: fault.status,
    detail: fault.action,
    code: fault.code,
  };
  return Response.json(body, {
    status: fault.status,
    headers: { 'content-type': 'application/problem+json' },
  });
}
