import { Hono } from 'hono';
import type { z } from 'zod';
import { actAs, type Operator, type OperatorRoles, socketOperator } from '../../enforce/identity/index.ts';
import { asFault, Fault, type Log } from '../../kernel/index.ts';
import { joinInput, readBody } from './body.ts';
import { createQueue, entityTag, requireMatch } from './etags.ts';
import { problem } from './problem.ts';
import { createReadRecorder } from './reads.ts';
import { describeRequest } from './requests.ts';
import { type ApiRoute, type Door, type RouteContext, type RoutePermission, routeName } from './route.ts';
import { breakGlassHeader, createSecondPerson } from './second-person.ts';
import type { AdminServices } from './services.ts';

/** Who asks, and through which door. */
export interface Asker {
  /** Undefined: nobody is signed in. */
  readonly operator: Operator | undefined;
  /** Undefined for the socket and in process. */
  readonly door?: Door;
}

/** Whoever can open the socket, or the folder itself. Said by those who serve just them, so that nobody becomes the owner by being forgotten. */
export const folderOwner: Asker = { operator: socketOperator };

export interface AdminApi {
  fetch(request: Request, asker: Asker): Promise<Response>;
  /** Records what was counted and not yet recorded. */
  close(): Promise<void>;
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

interface Asked {
  readonly request: Request;
  readonly input: unknown;
  readonly asker: Asker & { readonly operator: Operator };
}

/**
 * The admin API over its routes: through the socket, which none but the owner of the data folder can open; in process, under the
 * folder's lock; and on the console port, whose door says who is asking. `fetch` is the one entrance for all of them.
 */
export function createAdminApi(options: {
  routes: readonly ApiRoute[];
  services: AdminServices;
  log: Log;
}): AdminApi {
  const { routes, services, log } = options;
  const { operators } = services;
  const reads = createReadRecorder(services.note, services.now);
  const oneByOne = createQueue();
  const contextOf = (operator: Operator, door?: Door): RouteContext => ({
    services,
    operator,
    door,
    runApproved: secondPerson.runApproved,
    collect: secondPerson.collect,
  });
  const secondPerson = createSecondPerson({ services, routes, contextOf });

  async function answer(route: ApiRoute, { request, input, asker }: Asked): Promise<Response> {
    const { operator, door } = asker;
    const glass = request.headers.get(breakGlassHeader);
    await route.refuses?.(input, { services });
    const verdict = await secondPerson.judge({ route, input, operator, glass });
    if (verdict.kind === 'asked') return Response.json(describeRequest(verdict.request), { status: 202 });
    const run = async (): Promise<unknown> =>
      route.output.parse(await route.handle(input, contextOf(operator, door)));
    const result =
      verdict.kind === 'free' ? await run() : (await secondPerson.finish(verdict.request, run)).result;
    if (route.recorded) await recordRead(route, { request, input, asker });
    const headers = new Headers();
    if (route.download && result instanceof ReadableStream) {
      headers.set('content-type', route.download.contentType);
      headers.set('content-disposition', `attachment; filename="${route.download.fileName}"`);
      return new Response(result as ReadableStream<Uint8Array>, { headers });
    }
    if (route.method === 'GET') headers.set('etag', entityTag(result));
    const other = route.represent?.(result, input);
    if (!other) return Response.json(result, { headers });
    for (const [name, value] of Object.entries({ ...other.headers, 'content-type': other.contentType }))
      headers.set(name, value);
    return new Response(other.body, { headers });
  }

  /** From outside nothing is read unrecorded; the owner of the folder can still look when the ledger cannot record. */
  async function recordRead(route: ApiRoute, { input, asker }: Asked): Promise<void> {
    try {
      await reads.record(asker.operator, routeName(route), input as Record<string, unknown>);
    } catch (error) {
      if (asker.door) throw error;
      log.warn('a reading could not be recorded', { operator: asker.operator.id });
    }
  }

  async function change(route: ApiRoute, read: ApiRoute, asked: Asked): Promise<Response> {
    const { request, input, asker } = asked;
    const { id } = input as { id?: string };
    return oneByOne(async () => {
      const present = read.output.parse(await read.handle({ id }, contextOf(asker.operator)));
      requireMatch(request.headers.get('if-match'), entityTag(present), asker.door !== undefined);
      return answer(route, asked);
    });
  }

  const app = new Hono<{ Bindings: { asker: Asker } }>();
  for (const route of routes) {
    app.on(route.method, route.path, async ({ env: { asker }, req }) => {
      const { operator } = asker;
      requirePermission(route.permission, operator, operators.policy().roles);
      if (route.machineFiles && asker.door)
        throw new Fault('operator.forbidden', {
          detail: 'It names a file of the machine: ask on its socket.',
        });
      const body = route.method === 'POST' ? await readBody(req.raw) : {};
      const parsed = route.input.safeParse(joinInput(body, new URL(req.url).searchParams, req.param()));
      if (!parsed.success) throw new Fault('api.invalid', { detail: describe(parsed.error) });
      const asked = { request: req.raw, input: parsed.data, asker: { ...asker, operator } };
      return actAs(operator, () =>
        route.changes ? change(route, route.changes, asked) : answer(route, asked),
      );
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
  return {
    fetch: async (request, asker) => app.fetch(request, { asker }),
    close: reads.close,
  };
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}.`).join(' ');
}
