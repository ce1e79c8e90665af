import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { apiRoutes } from '../../src/serve/index.ts';
import { openAdmin, type TestAdmin, type TestAnswer } from '../support/admin.ts';

const policy = `
version: 1
identity:
  roles: { developer: { may: [call /v1/**] } }
  operators:
    roles:
      clerk: { may: ["* operators", "* requests", create keys] }
      reader: { may: [read captured] }
      saver: { may: [download backups, read keys] }
      helper: { may: [create keys, read keys] }
    approval: { acts: [create keys], breakGlass: [] }
`;
const roleNames = ['clerk', 'reader', 'saver', 'helper', 'auditor', 'security', 'owner'] as const;
const any = { 'if-match': '*' };

interface Act {
  readonly kind: (typeof kinds)[number];
  /** Which of the keys, operators, requests there are, counted round. */
  readonly key: number;
  readonly about: number;
  readonly roles: readonly string[];
}
const kinds = [
  'create',
  'roles',
  'issue',
  'disable',
  'enable',
  'revoke key',
  'rotate',
  'sign in',
  'ask',
  'approve',
  'collect',
  'approved by another',
] as const;
/** What it takes to have a second operator approve, drawn more often. */
const oftenKinds = ['create', 'create', 'approved by another', 'collect', 'ask', 'approve'] as const;
const acts = fc.array(
  fc.record<Act>({
    kind: fc.constantFrom(...kinds, ...oftenKinds, ...oftenKinds),
    key: fc.nat(50),
    about: fc.nat(50),
    roles: fc.uniqueArray(fc.constantFrom(...roleNames), { minLength: 1, maxLength: 2 }),
  }),
  { minLength: 20, maxLength: 40 },
);

/** One person who uses every key she was ever shown, and an owner who now and then approves what she asks. */
class Coalition {
  readonly keys: string[];
  readonly operators = new Set<string>();
  readonly allowed: Set<string>;
  readonly admin: TestAdmin;
  readonly owner: string;

  constructor(admin: TestAdmin, mallory: { id: string; key: string }, owner: string) {
    this.admin = admin;
    this.owner = owner;
    this.keys = [mallory.key];
    this.operators.add(mallory.id);
    this.allowed = this.#power();
  }

  /** Everything she may do, with all of her keys together. */
  #power(): Set<string> {
    const { sessions, policy: inForce } = this.admin.house.operators;
    const roles = this.keys.flatMap((key) => sessions.byKey(key)?.roles ?? []);
    return new Set(inForce().roles.permissionsOf(roles));
  }

  #shown(answer: TestAnswer): void {
    const result = (answer.body['result'] ?? answer.body) as { id?: string; key?: string };
    if (result.key?.startsWith('sto_') !== true || result.id === undefined) return;
    this.keys.push(result.key);
    this.operators.add(result.id);
  }

  async act({ kind, key: keyIndex, about, roles }: Act): Promise<void> {
    const { admin } = this;
    const key = this.keys[keyIndex % this.keys.length] ?? '';
    const known = admin.house.operators.list();
    const target = known[about % known.length];
    const requests = await admin.house.operators.requests.list();
    const waiting = requests.filter(({ state }) => state === 'waiting');
    const request = waiting[about % Math.max(1, waiting.length)];
    const ask = async (name: string, input: Readonly<Record<string, unknown>>, by = key) => {
      const answer = await admin.ask(name, { key: by, input, headers: any });
      assert.ok(answer.status < 500, answer.text);
      this.#shown(answer);
      return answer;
    };
    const id = target?.id;
    switch (kind) {
      case 'create':
        await ask('POST /api/operators', { name: 'x', roles });
        break;
      case 'roles':
        await ask('POST /api/operators/:id/roles', { id, roles });
        break;
      case 'issue':
        await ask('POST /api/operators/:id/keys', { id });
        break;
      case 'disable':
      case 'enable':
        await ask(`POST /api/operators/:id/${kind}`, { id });
        break;
      case 'revoke key':
        await ask('POST /api/operators/:id/keys/:key/revoke', { id, key: target?.keys[0]?.id });
        break;
      case 'rotate':
        await ask('POST /api/session/key', {});
        break;
      case 'sign in':
        await ask('POST /api/session', { key });
        break;
      case 'ask':
        await ask('POST /api/keys', { name: 'x', role: 'developer', expires: '1d' });
        break;
      case 'approve':
        for (const { id: asked } of waiting)
          for (const by of this.keys)
            assert.notEqual((await ask('POST /api/requests/:id/approve', { id: asked }, by)).status, 200);
        break;
      case 'collect':
        for (const { id: asked, state } of requests)
          if (state === 'approved')
            for (const by of this.keys) await ask('POST /api/requests/:id/collect', { id: asked }, by);
        break;
      case 'approved by another':
        if (request) await this.#approvedByOwner(request.id, request.confers ?? []);
    }
    const gained = [...this.#power()].filter((permission) => !this.allowed.has(permission));
    assert.deepEqual(gained, [], `after ${kind}`);
  }

  async #approvedByOwner(id: string, confers: readonly string[]): Promise<void> {
    const { admin, owner } = this;
    const answer = await admin.ask('POST /api/requests/:id/approve', {
      key: owner,
      input: { id },
      headers: any,
    });
    if (answer.status === 200) for (const permission of confers) this.allowed.add(permission);
  }
}

describe('one person with every operator she can make reaches nothing that her role does not permit or another person approved, and approves no request of her own', () => {
  for (const role of ['security', 'clerk', 'owner'])
    it(`as ${role}`, async () => {
      await fc.assert(
        fc.asyncProperty(acts, async (sequence) => {
          const admin = await openAdmin(policy);
          try {
            const owner = await admin.operator('owner');
            await admin.operator('saver');
            await admin.operator('security');
            const mallory = await admin.operator(role);
            const coalition = new Coalition(admin, mallory, owner.key);
            for (const act of sequence) await coalition.act(act);
          } finally {
            await admin.close();
          }
        }),
        { numRuns: 6, endOnFailure: true },
      );
    });
});

test('every route that changes operators says what it confers, or takes something away', () => {
  const takesAway = new Set(['POST /api/operators/:id/disable', 'POST /api/operators/:id/keys/:key/revoke']);
  const changing = apiRoutes.filter(
    ({ method, permission }) =>
      method === 'POST' && (permission === 'create operators' || permission === 'change operators'),
  );
  assert.ok(changing.length >= 6);
  for (const route of changing) {
    const name = `${route.method} ${route.path}`;
    assert.notEqual(route.confers === undefined, !takesAway.has(name), name);
  }
});
