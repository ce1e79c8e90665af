import type { Entry, EntryValue } from '../../../record/index.ts';
import { callKinds } from '../entries.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import type { Route } from '../snapshot/routes.ts';
import type { Caller } from '../states.ts';
import type { Operation } from '../wire/wire.ts';
import { recordedPath, type RecordedPath } from './recorded-path.ts';
import type { Unreplayable } from './unreplayable.ts';

/** A decision or denial, read back as far as its entry and the policy of then say. */
export interface RecordedCall {
  readonly past: GateSnapshot;
  readonly route: Route;
  readonly operation: Operation;
  readonly path: RecordedPath;
  readonly caller: Caller | 'unidentified';
  /** Undefined where the operation has none, or where it is not recorded (`modelKnown`). */
  readonly model: string | undefined;
  readonly modelKnown: boolean;
}

export function textOf(entry: Entry, name: string): string | undefined {
  const value = entry.detail?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** How many calls the entry tells of: refusals of a flood share one. */
export function callsOf({ detail }: Entry): number {
  const count = detail?.['count'];
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 1;
}

export function readRecordedCall(entry: Entry, then: GateSnapshot): RecordedCall | Unreplayable {
  const route = then.routes.find(({ name }) => name === textOf(entry, 'route'));
  const operation = route?.wire.operations.find(({ name }) => name === textOf(entry, 'operation'));
  if (!route || !operation) return 'fields-not-recorded';
  const model = textOf(entry, 'model');
  const path = recordedPath(then, {
    route,
    operation,
    model,
    repeated: entry.detail?.['prefixRepeated'] === true,
  });
  if (!path) return 'path-not-recorded';
  const caller = callerOf(entry);
  if (!caller) return 'roles-not-recorded';
  const modelKnown = model !== undefined || operation.model === 'none' || entry.kind === callKinds.decided;
  return { past: then, route, operation, path, caller, model, modelKnown };
}

function callerOf(entry: Entry): RecordedCall['caller'] | undefined {
  const { actor, reason } = entry;
  if (reason?.startsWith('credential.')) return 'unidentified';
  if (actor === undefined) return undefined;
  const expiresAt = Number.POSITIVE_INFINITY;
  if (actor === 'public')
    return {
      kind: 'public',
      id: 'public',
      roles: ['public'],
      team: undefined,
      expiresAt,
      limitsId: 'public',
    };
  const role = textOf(entry, 'role');
  const roles = textsOf(entry.detail?.['roles']) ?? (role === undefined ? undefined : [role]);
  if (!roles) return undefined;
  const kind = actor.startsWith('key_') ? 'key' : 'token';
  return { kind, id: actor, roles, team: textOf(entry, 'team'), expiresAt, limitsId: actor };
}

function textsOf(value: EntryValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}
