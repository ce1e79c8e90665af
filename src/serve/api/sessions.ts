import { z } from 'zod';
import type { Operator, SessionRecord } from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute, type Door } from './route.ts';
import type { AdminServices } from './services.ts';

const ownSchema = z.object({
  operator: z.string().describe('The id.'),
  name: z.string().optional(),
  by: z.enum(['socket', 'key', 'session']),
  session: z.string().optional().describe('The id of the session.'),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
});

function describeOwn({ operators }: AdminServices, operator: Operator): z.input<typeof ownSchema> {
  const { id, name, kind, sessionId, roles } = operator;
  return {
    operator: id,
    ...(name !== undefined && { name }),
    by: kind,
    ...(sessionId !== undefined && { session: sessionId }),
    roles: [...roles],
    permissions: [...operators.policy().roles.permissionsOf(roles)],
  };
}

export function requireDoor(door: Door | undefined): Door {
  if (!door)
    throw new Fault('api.conflict', { detail: 'Sessions are for the console port; here you are the owner.' });
  return door;
}

export const signIn = apiRoute({
  method: 'POST',
  path: '/api/session',
  summary:
    'Signs in with an operator key: the answer sets the cookie of a new session. A session that was open in it ends.',
  permission: 'anyone',
  input: z.strictObject({ key: z.string().min(1).max(200).describe('An operator key, sto_…') }),
  output: ownSchema,
  async handle({ key }, { services, operator, door: given }) {
    const door = requireDoor(given);
    const begun = await services.operators.sessions.signIn(key);
    if (!begun) return door.refuseCredential();
    // Anyone may ask, so that there may be no operator yet.
    const former = (operator as Operator | undefined)?.sessionId;
    if (former !== undefined) await services.operators.sessions.end(former);
    door.startSession(begun);
    return describeOwn(services, begun.operator);
  },
});

export const showOwnSession = apiRoute({
  method: 'GET',
  path: '/api/session',
  summary: 'Who is asking, with what permissions.',
  permission: 'signed in',
  input: z.strictObject({}),
  output: ownSchema,
  handle: async (_input, { services, operator }) => describeOwn(services, operator),
});

export const signOut = apiRoute({
  method: 'POST',
  path: '/api/session/end',
  summary: 'Signs out: ends the session that asks.',
  permission: 'signed in',
  input: z.strictObject({}),
  output: z.object({ ended: z.string() }),
  async handle(_input, { services, operator, door }) {
    if (operator.sessionId === undefined)
      throw new Fault('api.conflict', { detail: 'No session asks; a key is revoked instead.' });
    await services.operators.sessions.end(operator.sessionId);
    requireDoor(door).endSession();
    return { ended: operator.sessionId };
  },
});

const sessionSchema = z.object({
  id: z.string(),
  operator: z.string(),
  name: z.string(),
  startedAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

function describeSession(record: SessionRecord): z.input<typeof sessionSchema> {
  const { startedAt, seenAt, expiresAt, ...rest } = record;
  return {
    ...rest,
    startedAt: timestamp(startedAt),
    seenAt: timestamp(seenAt),
    expiresAt: timestamp(expiresAt),
  };
}

export const listSessions = apiRoute({
  method: 'GET',
  path: '/api/sessions',
  summary: 'Sessions that are open.',
  permission: 'read sessions',
  recorded: true,
  input: z.strictObject(pageInput),
  output: z.object({ sessions: z.array(sessionSchema), ...pageOutput }),
  async handle(asked, { services }) {
    const all = services.operators.sessions.list().map(describeSession);
    const { items, ...next } = page(all, asked, ({ startedAt, id }) => `${startedAt} ${id}`);
    return { sessions: items, ...next };
  },
});

export const revokeSession = apiRoute({
  method: 'POST',
  path: '/api/sessions/:id/revoke',
  summary: 'Ends a session at once.',
  permission: 'revoke sessions',
  input: z.strictObject({ id: z.string() }),
  output: sessionSchema,
  handle: async ({ id }, { services, operator }) =>
    describeSession(await services.operators.sessions.revoke(id, operator)),
});

export const revokeSessionsOf = apiRoute({
  method: 'POST',
  path: '/api/operators/:id/sessions/revoke',
  summary: 'Ends every session of an operator at once. Its keys open others; disabling it does not.',
  permission: 'revoke sessions',
  input: z.strictObject({ id: z.string() }),
  output: z.object({ ended: z.int() }),
  handle: async ({ id }, { services, operator }) => ({
    ended: await services.operators.sessions.revokeAllOf(id, operator),
  }),
});
