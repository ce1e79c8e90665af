import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  builtInRoles,
  compileOperatorRoles,
  operatorPermissionNames,
} from '../../src/enforce/identity/index.ts';
import { apiRoutes } from '../../src/serve/index.ts';
import { openAdmin } from '../support/admin.ts';

const words = ['read', 'create', 'revoke', 'back up', 'keys', 'ledger', 'operators', 'system', '*', 'x'];
const grant = fc
  .tuple(fc.constantFrom(...words), fc.constantFrom(...words))
  .map(([verb, resource]) => `${verb} ${resource}`);
const grants = fc.array(grant, { minLength: 1, maxLength: 6 });
const permission = fc.constantFrom(...operatorPermissionNames);

test('a grant that is added never takes a permission away, and grants only what it covers', () => {
  fc.assert(
    fc.property(grants, grant, permission, (may, added, asked) => {
      const permits = (held: readonly string[]) =>
        compileOperatorRoles({ role: { may: held } }).decide(['role'], asked).permitted;
      const alone = permits([added]);
      assert.equal(permits([...may, added]), permits(may) || alone);
      assert.equal(permits([added, ...may]), permits(may) || alone);
    }),
  );
});

test('a role that is added never takes a permission away, in whatever order', () => {
  const role = fc.constantFrom(...Object.keys(builtInRoles), 'added', 'nobody');
  fc.assert(
    fc.property(fc.array(role), role, grants, (held, added, may) => {
      const { decide } = compileOperatorRoles({ added: { may } });
      for (const asked of operatorPermissionNames) {
        const either = decide(held, asked).permitted || decide([added], asked).permitted;
        assert.equal(decide([...held, added], asked).permitted, either);
        assert.equal(decide([added, ...held], asked).permitted, either);
      }
    }),
  );
});

test('what no role grants is refused, also names every object has', () => {
  const { decide, has } = compileOperatorRoles({});
  for (const role of ['nobody', '', 'constructor', '__proto__', 'toString']) {
    assert.ok(!has(role), role);
    for (const asked of operatorPermissionNames) assert.ok(!decide([role], asked).permitted);
  }
  for (const asked of operatorPermissionNames) assert.ok(!decide([], asked).permitted);
});

test('explain agrees with the decision, for every route and role', async () => {
  const admin = await openAdmin(`
version: 1
identity:
  operators:
    roles:
      releaser: { may: [rotate keys, "read *"] }
      prober: { may: ["* ledger", "back up *"] }
`);
  const asker = await admin.operator('owner');
  const roles = [...Object.keys(builtInRoles), 'releaser', 'prober'];
  let compared = 0;
  for (const role of roles) {
    const { key, id } = await admin.operator(role);
    for (const { method, path, permission: needed } of apiRoutes) {
      if (needed === 'anyone' || needed === 'signed in') continue;
      // Nothing is done: what is permitted is refused for its input.
      const answer = await admin.ask(`${method} ${path}`, {
        key,
        input: { id: 'x', key: 'x', nonsense: 'x' },
      });
      const onMachine = answer.text.includes('names a file of the machine');
      const permitted = answer.status === 400 || onMachine;
      assert.ok(permitted || answer.status === 403, `${method} ${path} ${answer.text}`);
      for (const principal of [role, id]) {
        const explained = await admin.ask('GET /api/access', {
          key: asker.key,
          input: { principal, action: needed },
        });
        assert.equal(explained.body['permitted'], permitted, `${principal} ${needed}`);
        const { place, builtInRole } = explained.body as { place?: string; builtInRole?: string };
        assert.ok(
          Object.hasOwn(builtInRoles, role)
            ? builtInRole === role
            : /surety\.yaml:[67]:\d+$/.test(place ?? ''),
        );
        compared += 1;
      }
    }
  }
  assert.ok(compared > 300);
  const nobody = await admin.ask('GET /api/access', {
    key: asker.key,
    input: { principal: 'nobody', action: 'read keys' },
  });
  assert.equal(nobody.status, 404);
  const odd = await admin.ask('GET /api/access', {
    key: asker.key,
    input: { principal: 'owner', action: 'eat keys' },
  });
  assert.equal(odd.status, 400);
  await admin.close();
});
