import { z } from 'zod';
import type { IssuedOperatorKey, OperatorRecord } from '../../enforce/identity/index.ts';
import { Fault } from '../../kernel/index.ts';
import { field } from '../../policy/index.ts';
import { timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute } from './route.ts';
import type { AdminServices } from './services.ts';

const operatorSchema = z.object({
  id: z.string(),
  name: z.string(),
  signsInBy: z.enum(['key', 'oidc']),
  roles: z.array(z.string()),
  state: z.enum(['active', 'disabled']),
  createdAt: z.iso.datetime(),
  disabledAt: z.iso.datetime().optional(),
  createdBy: z.string().optional().describe('The operator who created it, or owner.'),
  keys: z.array(
    z.object({
      id: z.string(),
      hint: z.string().describe('How the key begins, to recognise it by.'),
      state: z.enum(['active', 'expired', 'revoked']),
      createdAt: z.iso.datetime(),
      expiresAt: z.iso.datetime(),
      issuedBy: z.string().describe('Who saw the key when it was made.'),
    }),
  ),
});

/** The only schema in which an operator key itself stands; the answer that carries it is given once. */
const issuedSchema = z.object({
  id: z.string().describe('Of the operator.'),
  keyId: z.string(),
  key: z.string(),
  roles: z.array(z.string()),
  expiresAt: z.iso.datetime(),
});

function describeOperator(record: OperatorRecord): z.input<typeof operatorSchema> {
  const { createdAt, disabledAt, keys, roles, ...rest } = record;
  return {
    ...rest,
    roles: [...roles],
    createdAt: timestamp(createdAt),
    ...(disabledAt !== undefined && { disabledAt: timestamp(disabledAt) }),
    keys: keys.map((key) => ({
      ...key,
      createdAt: timestamp(key.createdAt),
      expiresAt: timestamp(key.expiresAt),
    })),
  };
}

function describeIssued({
  operator,
  keyId,
  key,
  expiresAt,
}: IssuedOperatorKey): z.input<typeof issuedSchema> {
  return {
    id: operator.id,
    keyId,
    key: key.reveal(),
    roles: [...operator.roles],
    expiresAt: timestamp(expiresAt),
  };
}

/** Permissions that are never given by one person, not even by an owner: with them a second operator could be made, and approve. */
const privileges = ['create operators', 'change operators', 'approve requests', 'break glass'] as const;

function isPrivileged({ operators }: AdminServices, roles: readonly string[]): boolean {
  const { decide } = operators.policy().roles;
  if (roles.includes('owner') || roles.includes('security')) return true;
  return privileges.some((permission) => decide(roles, permission).permitted);
}

const permissionsOf = ({ operators }: AdminServices, roles: readonly string[]) =>
  operators.policy().roles.permissionsOf(roles);

const rolesOf = ({ operators }: AdminServices, id: string) => operators.find(id)?.roles ?? [];

const rolesField = z
  .array(z.string().min(1))
  .min(1)
  .describe('Roles of operators, built in or of the policy.');
const expiresField = field.duration().prefault('30d').describe('How long the key lives.');

export const listOperators = apiRoute({
  method: 'GET',
  path: '/api/operators',
  summary: 'All operators, without their keys.',
  permission: 'read operators',
  recorded: true,
  input: z.strictObject(pageInput),
  output: z.object({ operators: z.array(operatorSchema), ...pageOutput }),
  async handle(asked, { services }) {
    const all = services.operators.list().map(describeOperator);
    const { items, ...next } = page(all, asked, ({ createdAt, id }) => `${createdAt} ${id}`);
    return { operators: items, ...next };
  },
});

export const createOperator = apiRoute({
  method: 'POST',
  path: '/api/operators',
  summary: 'Makes an operator with a key. The key is shown in this answer and never again.',
  permission: 'create operators',
  shownOnce: true,
  dangerous: {
    when: 'with a role that makes, changes or approves (owner, security and the like), or with a permission who asks does not have',
    applies: (input, { services }) => isPrivileged(services, input.roles),
  },
  confers: ({ roles }, { services }) => permissionsOf(services, roles),
  input: z.strictObject({
    name: z.string().describe('Who, or which program, it is.'),
    roles: rolesField,
    expires: expiresField,
  }),
  output: issuedSchema,
  handle: async ({ name, roles, expires }, { services, operator }) =>
    describeIssued(await services.operators.create({ name, roles, expiresInMs: expires }, operator)),
});

const byId = z.strictObject({ id: z.string() });

export const showOperator = apiRoute({
  method: 'GET',
  path: '/api/operators/:id',
  summary: 'One operator, without its keys.',
  permission: 'read operators',
  recorded: true,
  input: byId,
  output: operatorSchema,
  async handle({ id }, { services }) {
    const record = services.operators.find(id);
    if (!record) throw new Fault('api.not-found', { detail: 'There is no operator of this id.' });
    return describeOperator(record);
  },
});

export const changeOperatorRoles = apiRoute({
  method: 'POST',
  path: '/api/operators/:id/roles',
  summary: 'Gives an operator other roles, in place of those it has.',
  permission: 'change operators',
  changes: showOperator,
  dangerous: {
    when: 'where it has, or would get, a role that makes, changes or approves, or a permission who asks does not have',
    applies: ({ id, roles }, { services }) =>
      isPrivileged(services, roles) || isPrivileged(services, rolesOf(services, id)),
  },
  // What it has counts too: who has more is not changed by who has less.
  confers: ({ id, roles }, { services }) => permissionsOf(services, [...rolesOf(services, id), ...roles]),
  input: byId.extend({ roles: rolesField }),
  output: operatorSchema,
  handle: async ({ id, roles }, { services, operator }) =>
    describeOperator(await services.operators.changeRoles(id, roles, operator)),
});

export const disableOperator = apiRoute({
  method: 'POST',
  path: '/api/operators/:id/disable',
  summary: 'Refuses an operator everywhere, at once, until it is enabled again.',
  permission: 'change operators',
  changes: showOperator,
  input: byId,
  output: operatorSchema,
  handle: async ({ id }, { services, operator }) =>
    describeOperator(await services.operators.disable(id, operator)),
});

export const enableOperator = apiRoute({
  method: 'POST',
  path: '/api/operators/:id/enable',
  summary: 'Lets a disabled operator in again. Its sessions and keys are as they were.',
  permission: 'change operators',
  changes: showOperator,
  dangerous: { when: 'always', applies: () => true },
  confers: ({ id }, { services }) => permissionsOf(services, rolesOf(services, id)),
  input: byId,
  output: operatorSchema,
  handle: async ({ id }, { services, operator }) =>
    describeOperator(await services.operators.enable(id, operator)),
});

export const issueOperatorKey = apiRoute({
  method: 'POST',
  path: '/api/operators/:id/keys',
  summary: 'Makes another key for an operator. It is shown in this answer and never again.',
  permission: 'change operators',
  shownOnce: true,
  changes: showOperator,
  dangerous: {
    when: 'always, except where an operator asks for itself, with a key it has',
    applies: ({ id }, { operator }) => !(id === operator.id && operator.kind === 'key'),
  },
  confers: ({ id }, { services }) => permissionsOf(services, rolesOf(services, id)),
  input: byId.extend({ expires: expiresField }),
  output: issuedSchema,
  handle: async ({ id, expires }, { services, operator }) =>
    describeIssued(await services.operators.issueKey(id, expires, operator)),
});

export const revokeOperatorKey = apiRoute({
  method: 'POST',
  path: '/api/operators/:id/keys/:key/revoke',
  summary: 'Ends a key of an operator at once, and the sessions that began with it.',
  permission: 'change operators',
  changes: showOperator,
  input: byId.extend({ key: z.string().describe('The id of the key.') }),
  output: operatorSchema,
  handle: async ({ id, key }, { services, operator }) =>
    describeOperator(await services.operators.revokeKey(id, key, operator)),
});

export const rotateOwnKey = apiRoute({
  method: 'POST',
  path: '/api/session/key',
  summary:
    'Makes another key for who asks. It is shown in this answer and never again; the old one goes on until it is revoked or ends.',
  permission: 'signed in',
  shownOnce: true,
  input: z.strictObject({ expires: expiresField }),
  output: issuedSchema,
  async handle({ expires }, { services, operator }) {
    if (operator.kind === 'socket')
      throw new Fault('api.conflict', {
        detail: 'The owner of the data folder has no key; make an operator.',
      });
    // A session somebody got hold of would become a key that outlives it.
    if (operator.kind === 'session')
      throw new Fault('api.conflict', { detail: 'Ask with the key you have, not with a session.' });
    return describeIssued(await services.operators.issueKey(operator.id, expires, operator));
  },
});
