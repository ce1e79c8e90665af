import type { Entry, Ledger } from '../../../record/index.ts';
import type { IdentitySection, ReviewHistory, UsedCall } from '../../identity/index.ts';
import { callKinds } from '../entries.ts';
import { compileGate, type GateSnapshot } from '../snapshot/snapshot.ts';
import { createLeastRole, unusedOf } from './least-role.ts';
import { readRecordedCall, type RecordedCall } from './recorded-call.ts';
import { createReplay } from './replay.ts';
import { unjudged, unreplayable } from './unreplayable.ts';

export interface PrincipalHistoryOptions {
  readonly ledger: Pick<Ledger, 'search' | 'status'>;
  inForce(): GateSnapshot;
  /** The policy of this digest, where its text is kept. */
  policyOf(digest: string): Promise<GateSnapshot | undefined>;
}

/** Only within this module; no policy names a role so, since a name has no space. */
const triedRole = 'tried role';
const entriesPerTurn = 64;

/** What one principal did, decided again: for access reviews. */
export function createPrincipalHistory(options: PrincipalHistoryOptions): ReviewHistory {
  const { ledger, inForce } = options;

  const policies = (): ((digest: string) => Promise<GateSnapshot | undefined>) => {
    const known = new Map<string, Promise<GateSnapshot | undefined>>();
    return (digest) => {
      const now = inForce();
      const found =
        known.get(digest) ?? (digest === now.digest ? Promise.resolve(now) : options.policyOf(digest));
      known.set(digest, found);
      return found;
    };
  };

  const sectionsOf = (roles: readonly string[]) => {
    const { roles: sections } = inForce().policy.identity;
    return roles.flatMap((role) => (Object.hasOwn(sections, role) ? (sections[role] ?? []) : []));
  };

  return {
    async unused(used, roles) {
      const policyOf = policies();
      const calls: RecordedCall[] = [];
      for (const one of used) {
        const then = await policyOf(one.policy);
        const call = then && readRecordedCall(asEntry(one, roles), then);
        // What cannot be read may have made use of anything: then nothing is called unused.
        if (call === undefined || typeof call === 'string') return { may: [], models: [] };
        calls.push(call);
      }
      return unusedOf(calls, sectionsOf(roles));
    },

    async least({ id, role }, span) {
      const policyOf = policies();
      const least = createLeastRole(sectionsOf([role]));
      let seen = 0;
      for await (const { entry } of ledger.search({
        ...span,
        actor: id,
        kind: callKinds.decided,
        order: 'oldest',
      })) {
        seen += 1;
        if (seen % entriesPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        const then = entry.policy === undefined ? undefined : await policyOf(entry.policy);
        const call = then && readRecordedCall(entry, then);
        if (call !== undefined && typeof call !== 'string') least.add(call);
      }
      return least.role();
    },

    async replay({ id, permissions, limits }, span) {
      const now = inForce();
      const page = await createReplay({
        ...span,
        ledger: actingAs(ledger, id),
        candidate: withRole(now, { ...permissions, limits }),
        inForce: now,
        policyOf: options.policyOf,
      }).page(Number.MAX_SAFE_INTEGER);
      return {
        calls: page.calls,
        wouldRefuse: page.newlyRefused.map(({ route, operation, model, reason, calls, examples }) => ({
          route,
          operation,
          model,
          reason,
          calls,
          examples,
        })),
        notReplayed: [
          ...page.notReplayed.map(({ name, calls }) => ({ means: unreplayable[name], calls })),
          ...page.notJudged
            .filter(({ name }) => name === 'limits')
            .map(({ name, calls }) => ({ means: unjudged[name], calls })),
        ],
      };
    },
  };
}

function asEntry({ policy, route, operation, model, lastAt }: UsedCall, roles: readonly string[]): Entry {
  const detail = { route, operation, model: model === '' ? undefined : model, roles };
  return { id: '', at: lastAt, kind: callKinds.decided, actor: 'key_', outcome: 'allowed', policy, detail };
}

/** The decisions of one key and their ends, as if it had had the tried role; and when the server began anew. */
function actingAs(
  ledger: PrincipalHistoryOptions['ledger'],
  actor: string,
): PrincipalHistoryOptions['ledger'] {
  return {
    get status() {
      return ledger.status;
    },
    async *search(query) {
      // Asked for its oldest entry at all, the whole ledger answers.
      if (query.limit === 1) {
        yield* ledger.search(query);
        return;
      }
      const starts = await Array.fromAsync(ledger.search({ ...query, kind: 'system.started' }));
      for await (const found of ledger.search({ ...query, actor })) {
        const { index, entry } = found;
        while (starts[0] && starts[0].index < index) yield* starts.splice(0, 1);
        if (entry.kind === callKinds.finished) yield found;
        if (entry.kind !== callKinds.decided) continue;
        const detail = { ...entry.detail, role: triedRole, roles: [triedRole] };
        yield { ...found, entry: { ...entry, detail } };
      }
    },
  };
}

interface TriedRole {
  readonly may: readonly string[];
  readonly models: readonly string[];
  readonly limits: IdentitySection['roles'][string]['limits'] | undefined;
}

/** The policy in force and a role more, without the limits a key shares with others: what those used is not in its history. */
function withRole({ policy, digest }: GateSnapshot, { may, models, limits }: TriedRole): GateSnapshot {
  const { gate, identity } = policy;
  const role = {
    may: may.map((permission) => ({ verb: 'call' as const, resource: permission.slice('call '.length) })),
    models: [...models],
    ...(limits && { limits }),
  };
  const routes = gate.routes.map(({ limits: _shared, ...route }) => route);
  const roles = { ...identity.roles, [triedRole]: role };
  const teams = Object.fromEntries(Object.keys(identity.teams).map((team) => [team, {}]));
  return compileGate(
    { ...policy, gate: { ...gate, routes }, identity: { ...identity, roles, teams } },
    `${digest} ${triedRole}`,
  );
}
