import type { Entry, Ledger } from '../../../record/index.ts';
import type { ReviewHistory, UsedCall } from '../../identity/index.ts';
import { callKinds } from '../entries.ts';
import { compileGate, type GateSnapshot } from '../snapshot/snapshot.ts';
import { createLeastRole, unusedOf } from './least-role.ts';
import { readRecordedCall, type RecordedCall } from './recorded-call.ts';
import { replayPolicy } from './replay.ts';
import { unreplayable } from './unreplayable.ts';

export interface PrincipalHistoryOptions {
  readonly ledger: Pick<Ledger, 'search' | 'status'>;
  inForce(): GateSnapshot;
  /** The policy of this digest, where its text is kept. */
  policyOf(digest: string): Promise<GateSnapshot | undefined>;
}

/** Only within this module; no policy names a role so, since a name has no space. */
const triedRole = 'tried role';
const entriesPerTurn = 64;
const pageEntries = 1_000_000_000;

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

    async replay({ id, permissions }, span) {
      const now = inForce();
      const page = await replayPolicy({
        ...span,
        ledger: actingAs(ledger, id),
        candidate: withRole(now, permissions),
        inForce: now,
        policyOf: options.policyOf,
        pageEntries,
      });
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
        notReplayed: page.notReplayed.map(({ name, calls }) => ({ means: unreplayable[name], calls })),
      };
    },
  };
}

function asEntry({ policy, route, operation, model, lastAt }: UsedCall, roles: readonly string[]): Entry {
  const detail = { route, operation, model: model === '' ? undefined : model, roles };
  return { id: '', at: lastAt, kind: callKinds.decided, actor: 'key_', outcome: 'allowed', policy, detail };
}

/** The decisions of one key, as if it had had the tried role. */
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
      for await (const found of ledger.search({ ...query, actor, kind: callKinds.decided })) {
        const { entry } = found;
        const detail = { ...entry.detail, role: triedRole, roles: [triedRole] };
        yield { ...found, entry: { ...entry, detail } };
      }
    },
  };
}

/** The policy in force, and a role more. */
function withRole(
  now: GateSnapshot,
  { may, models }: { readonly may: readonly string[]; readonly models: readonly string[] },
): GateSnapshot {
  const { policy, digest } = now;
  const role = {
    may: may.map((permission) => ({ verb: 'call' as const, resource: permission.slice('call '.length) })),
    models: [...models],
  };
  const roles = { ...policy.identity.roles, [triedRole]: role };
  return compileGate({ ...policy, identity: { ...policy.identity, roles } }, `${digest} ${triedRole}`);
}
