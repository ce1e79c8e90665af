import {
  type ActRequest,
  type AskedAct,
  actAs,
  coversPermission,
  type Operator,
  type OperatorPermission,
  socketOperator,
} from '../../enforce/identity/index.ts';
import { asFault, Fault } from '../../kernel/index.ts';
import { type ApiRoute, type RouteContext, routeName } from './route.ts';
import type { AdminServices } from './services.ts';

/** What the header of a broken glass is called; its value is one of the policy's reasons. */
export const breakGlassHeader = 'surety-break-glass';

export type Verdict =
  /** Nobody else is needed. */
  | { readonly kind: 'free' }
  /** It waits. */
  | { readonly kind: 'asked'; readonly request: ActRequest }
  /** It is done now, and this is the record of it. */
  | { readonly kind: 'alone'; readonly request: ActRequest };

export interface SecondPersonOptions {
  readonly services: AdminServices;
  readonly routes: readonly ApiRoute[];
  contextOf(operator: Operator): RouteContext;
}

interface Asked {
  readonly route: ApiRoute;
  readonly input: unknown;
  readonly operator: Operator;
  readonly glass: string | null;
}

/** Whether something gives permissions that are not among these. */
function exceeds(
  confers: readonly OperatorPermission[] | undefined,
  among: readonly OperatorPermission[],
): boolean {
  return confers?.some((permission) => !among.includes(permission)) ?? false;
}

/** Acts that one operator asks for and another approves. */
export function createSecondPerson({ services, routes, contextOf }: SecondPersonOptions) {
  const { operators } = services;

  function isNeeded({ route, input, operator }: Asked): boolean {
    const { permission, method, dangerous } = route;
    if (method !== 'POST' || permission === 'anyone' || permission === 'signed in') return false;
    if (permission === 'approve requests' || permission === 'break glass' || route.namesPerson) return false;
    const { acts } = operators.policy().section.approval;
    if (acts.some((act) => coversPermission(act, permission))) return true;
    if (dangerous?.applies(input, { services, operator })) return true;
    return exceeds(route.confers?.(input, { services, operator }), heldBy(operator));
  }

  const heldBy = ({ roles }: Operator) => operators.policy().roles.permissionsOf(roles);

  async function judge(asked: Asked): Promise<Verdict> {
    const { route, input, operator, glass } = asked;
    if (!isNeeded(asked)) {
      if (glass !== null)
        throw new Fault('api.invalid', {
          detail: 'No second person is needed here, so there is no glass to break.',
        });
      return { kind: 'free' };
    }
    if (route.download && glass === null)
      throw new Fault('operator.forbidden', {
        detail:
          'The policy wants a second person for it, and a file that is sent cannot wait for one: do it on the machine, or break the glass.',
      });
    const confers = route.confers?.(input, { services, operator });
    const act = { act: route.permission as OperatorPermission, route: routeName(route), input, confers };
    if (glass !== null) return { kind: 'alone', request: await breakGlass(act, operator, glass) };
    if (operator.kind === 'socket' && !operators.hasApprover(operator.id))
      return { kind: 'alone', request: await operators.requests.waive(act, operator) };
    return { kind: 'asked', request: await operators.requests.ask(act, operator) };
  }

  async function breakGlass(act: AskedAct, operator: Operator, reason: string): Promise<ActRequest> {
    const { roles, section } = operators.policy();
    if (!roles.decide(operator.roles, 'break glass').permitted)
      throw new Fault('operator.forbidden', { detail: 'It needs "break glass".' });
    const reasons = section.approval.breakGlass;
    if (!reasons.includes(reason))
      throw new Fault('api.invalid', {
        detail: `${breakGlassHeader}: the policy has only ${reasons.join(', ') || 'no reason'}.`,
      });
    const request = await operators.requests.breakGlass(act, operator, reason);
    services.alertBrokenGlass({ operator: operator.id, act: act.act, reason, request: request.id });
    return request;
  }

  /** Runs what is begun, and has it end one way or the other. */
  async function finish(
    request: ActRequest,
    run: () => Promise<unknown>,
  ): Promise<{ request: ActRequest; result: unknown }> {
    try {
      const result = await run();
      return { request: await operators.requests.end(request.id, undefined), result };
    } catch (error) {
      await operators.requests.end(request.id, asFault(error).code);
      throw error;
    }
  }

  /** As who asked is now: one that was disabled meanwhile, or lost the permission, acts no more. */
  function askerOf({ askedBy, askedKeyBy, act }: ActRequest): Operator {
    const asker =
      askedBy === socketOperator.id ? socketOperator : operators.sessions.current(askedBy, askedKeyBy);
    if (!asker || !operators.policy().roles.decide(asker.roles, act).permitted)
      throw new Fault('operator.forbidden', { detail: 'Who asked may no longer do this.' });
    return asker;
  }

  async function runNow(approved: ActRequest): Promise<{ request: ActRequest; result: unknown }> {
    const begun = await operators.requests.begin(approved.id);
    return finish(begun, async () => {
      const route = routeOf(begun);
      const asker = askerOf(begun);
      if (exceeds(route.confers?.(begun.input, { services, operator: asker }), begun.confers ?? []))
        throw new Fault('api.conflict', {
          detail: 'It would give more rights now than when it was asked for; ask for it again.',
        });
      return actAs(asker, async () => route.output.parse(await route.handle(begun.input, contextOf(asker))));
    });
  }

  function routeOf({ route: name }: ActRequest): ApiRoute {
    const route = routes.find((candidate) => routeName(candidate) === name);
    if (!route) throw new Fault('api.conflict', { detail: 'This version has no such act any more.' });
    return route;
  }

  return {
    judge,
    finish,
    collect: runNow,
    /** What fails is told by the state of the request, not as a failure of the approval. */
    async runApproved(approved: ActRequest): Promise<ActRequest> {
      if (routeOf(approved).shownOnce) return approved;
      try {
        return (await runNow(approved)).request;
      } catch (error) {
        const ended = await operators.requests.find(approved.id);
        if (ended?.state === 'failed') return ended;
        throw error;
      }
    },
  };
}
