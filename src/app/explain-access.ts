import { explainCall } from '../enforce/gate/index.ts';
import {
  builtInRoles,
  compileOperatorRoles,
  type KeyAdministration,
  type OperatorPermission,
  operatorPermissionNames,
  type Operators,
  socketOperator,
  type WithdrawalAdministration,
} from '../enforce/identity/index.ts';
import { Fault } from '../kernel/index.ts';
import { type PolicyPath, placeInPolicy } from '../policy/index.ts';
import type { AdminServices } from '../serve/index.ts';
import type { LoadedPolicy } from './policy-in-force.ts';

type Explain = AdminServices['explainAccess'];
type Answer = Awaited<ReturnType<Explain>>;

interface Parts {
  policy(): LoadedPolicy;
  readonly keys: KeyAdministration;
  readonly operators: Operators;
  readonly withdrawals: WithdrawalAdministration;
}

/** Who may do what, by the very code that decides, with the line of the policy. */
export function createExplainAccess({ policy, keys, operators, withdrawals }: Parts): Explain {
  const placed = (path: PolicyPath): Pick<Answer, 'place' | 'path'> => placeInPolicy(policy(), path);
  const no = (because: string): Answer => ({ permitted: false, because });

  async function explainCaller(principal: string, path: string, model: string | undefined): Promise<Answer> {
    let roles: readonly string[] = [principal];
    let team: string | undefined;
    if (principal.startsWith('key_')) {
      const key = await keys.find(principal);
      if (!key) throw new Fault('api.not-found', { detail: 'No key has this id.' });
      if (key.state !== 'active') return no(`The key is ${key.state}.`);
      roles = [key.role];
      team = key.team;
    } else if (principal.startsWith('opr_') || !Object.hasOwn(policy().policy.identity.roles, principal)) {
      if (principal.startsWith('opr_') || Object.hasOwn(builtInRoles, principal))
        return no('Operators make no calls; a key or token of a caller does.');
      throw new Fault('api.not-found', {
        detail: 'The policy has no role of this name, and no key this id.',
      });
    }
    const refused = await explainWithdrawn(roles, team);
    if (refused) return refused;
    const decision = explainCall(policy().policy, { roles, team, path, model });
    const { permitted, because } = decision;
    return { permitted, because, ...(decision.path && placed(decision.path)) };
  }

  async function explainWithdrawn(
    roles: readonly string[],
    team: string | undefined,
  ): Promise<Answer | undefined> {
    const found = (await withdrawals.list()).find(({ kind, name }) =>
      kind === 'team' ? name === team : roles.includes(name),
    );
    return found && no(`The ${found.kind} ${found.name} is withdrawn by an operator (${found.id}).`);
  }

  function rolesOf(principal: string): readonly string[] | Answer {
    if (principal === socketOperator.id) return socketOperator.roles;
    if (principal.startsWith('key_')) return no('Keys of callers do nothing but call; an operator does.');
    if (!principal.startsWith('opr_')) {
      if (operators.policy().roles.has(principal)) return [principal];
      throw new Fault('api.not-found', {
        detail: 'There is no operator of this id, and no role of operators of this name.',
      });
    }
    const found = operators.find(principal);
    if (!found) throw new Fault('api.not-found', { detail: 'There is no operator of this id.' });
    return found.state === 'active' ? found.roles : no('The operator is disabled.');
  }

  function explainOperator(principal: string, permission: OperatorPermission): Answer {
    const roles = rolesOf(principal);
    if (!Array.isArray(roles)) return roles as Answer;
    const held = roles as readonly string[];
    const { identity } = policy().policy;
    const compiled = compileOperatorRoles(identity.operators.roles);
    const decision = compiled.decide(held, permission);
    const role = decision.permitted ? decision.role : held[0];
    if (role === undefined) return no('The operator has no role.');
    const because = decision.permitted
      ? `Role ${role} grants "${decision.grant}".`
      : `No grant of ${held.join(', ')} covers "${permission}".`;
    if (compiled.isBuiltIn(role)) return { permitted: decision.permitted, because, builtInRole: role };
    const may = ['identity', 'operators', 'roles', role, 'may'];
    const index = decision.permitted
      ? identity.operators.roles[role]?.may.indexOf(decision.grant)
      : undefined;
    return { permitted: decision.permitted, because, ...placed(index === undefined ? may : [...may, index]) };
  }

  return async ({ principal, action, model }) => {
    const call = /^call (\/\S*)$/.exec(action)?.[1];
    if (call !== undefined) return explainCaller(principal, call, model);
    const permission = operatorPermissionNames.find((known) => known === action);
    if (permission === undefined || model !== undefined)
      throw new Fault('api.invalid', {
        detail: `action: write "call /path", or one of: ${operatorPermissionNames.join(', ')}. A model goes with "call" only.`,
      });
    return explainOperator(principal, permission);
  };
}
