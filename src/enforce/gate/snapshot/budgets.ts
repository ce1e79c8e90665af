import { type Budget, type BudgetsOf, budgetsIn, callerSubject } from '../../limits/index.ts';
import type { GateSnapshot } from './snapshot.ts';

/** The budgets a call falls under, by the same limits it is admitted by. */
export function createBudgets(
  snapshot: GateSnapshot,
  limitsIdOf: (callerId: string) => string = (id) => id,
): BudgetsOf {
  const { gate, identity, limits } = snapshot.policy;
  const routes = new Map(
    snapshot.routes.map((route) => [
      route.name,
      {
        limits: route.limits?.limits,
        section: gate.routes.find(({ match }) => match === route.pattern.text),
      },
    ]),
  );
  return ({ callerId, role, team, route }) => {
    const found: (readonly Budget[])[] = [];
    if (callerId !== 'public' && Object.hasOwn(identity.roles, role)) {
      const alerts = identity.roles[role]?.alerts ?? limits.alerts;
      const subject = callerSubject(limitsIdOf(callerId), role);
      found.push(budgetsIn(snapshot.keyLimitsOf(role), { scope: 'key', subject, alerts }));
      found.push(budgetsIn(snapshot.sharedLimitsOf(role), { scope: 'role', subject: role, alerts }));
    }
    if (Object.hasOwn(identity.teams, team)) {
      const alerts = identity.teams[team]?.alerts ?? limits.alerts;
      found.push(budgetsIn(snapshot.teamLimitsOf(team)?.limits, { scope: 'team', subject: team, alerts }));
    }
    const way = routes.get(route);
    if (way) {
      const alerts = way.section?.alerts ?? limits.alerts;
      found.push(budgetsIn(way.limits, { scope: 'route', subject: route, alerts }));
    }
    return found.flat();
  };
}
