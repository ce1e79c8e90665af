import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkRooms, type RoomRule, type SourceFile } from './check.ts';
import { moduleRules, roomOrder, sizes } from './rules.ts';

const rulesBroken = (path: string, text: string): RoomRule[] =>
  checkRooms([{ path, text }]).map(({ rule }) => rule);

/** Every rule, with houses that break it. */
const violations: Readonly<Record<RoomRule, readonly SourceFile[]>> = {
  order: [
    { path: 'src/kernel/a.ts', text: "import { field } from '../policy/index.ts';" },
    { path: 'src/kernel/a.ts', text: "import type { Field } from '../policy/index.ts';" },
    { path: 'src/store/a.ts', text: "export { field } from '../policy/index.ts';" },
    { path: 'src/store/a.ts', text: "const gate = await import('../enforce/gate/index.ts');" },
    { path: 'src/store/a.ts', text: "type Gate = import('../enforce/gate/index.ts').Gate;" },
    { path: 'src/enforce/identity/a.ts', text: "import { gate } from '../gate/index.ts';" },
    { path: 'src/record/a.test.ts', text: "import { gate } from '../enforce/gate/index.ts';" },
  ],
  peers: [
    { path: 'src/enforce/identity/a.ts', text: "import { limits } from '../limits/index.ts';" },
    { path: 'src/enforce/limits/deep/a.ts', text: "import type { Key } from '../../identity/index.ts';" },
  ],
  entrance: [
    { path: 'src/policy/a.ts', text: "import { Fault } from '../kernel/faults.ts';" },
    { path: 'src/policy/a.test.ts', text: "import { Fault } from '../kernel/faults.ts';" },
    { path: 'src/policy/a.ts', text: "export * from '../kernel/faults.ts';" },
    { path: 'src/policy/a.ts', text: "new Worker(new URL('../store/worker.ts', import.meta.url));" },
    { path: 'src/app/server.ts', text: "import { Fault } from '../kernel/faults.ts';" },
    { path: 'src/enforce/gate/a.ts', text: "import { s } from '../limits/policy-section.ts';" },
    { path: 'src/app/server.ts', text: "import { s } from '../record/policy-section.ts';" },
    { path: 'src/app/policy-format.ts', text: "import { s } from '../record/deep/policy-section.ts';" },
    { path: 'src/policy/a.ts', text: 'new Worker(new URL(`../store/worker.${end}`, import.meta.url));' },
  ],
  outside: [
    { path: 'src/policy/a.ts', text: "import { run } from '../../tools/generate.ts';" },
    { path: 'src/policy/a.test.ts', text: "import { server } from '../../test/server.ts';" },
    { path: 'src/policy/a.ts', text: "import { server } from '../../test/support/server.ts';" },
  ],
  'composition-root': [
    { path: 'src/kernel/a.ts', text: "import { start } from '../app.ts';" },
    { path: 'src/cli/a.ts', text: "import { start } from '../app.ts';" },
    { path: 'src/environment.ts', text: "import { gate } from './enforce/gate/index.ts';" },
  ],
  'computed-import': [
    { path: 'src/cli/a.ts', text: 'const room = await import(process.argv[2]);' },
    { path: 'src/cli/a.ts', text: 'const room = await import(`./${name}.ts`);' },
    { path: 'src/cli/a.ts', text: 'const room = await import(`./a${name}/b.ts`);' },
  ],
  modules: [
    { path: 'src/policy/a.ts', text: "import { Hono } from 'hono';" },
    { path: 'src/policy/a.ts', text: "import { serve } from '@hono/node-server';" },
    { path: 'src/record/a.ts', text: "import type { Server } from 'node:http';" },
    { path: 'src/record/a.ts', text: "const http = await import('http');" },
    { path: 'src/record/a.ts', text: "const http = require('https');" },
    { path: 'src/enforce/limits/a.ts', text: "import { request } from 'undici';" },
    { path: 'src/enforce/limits/a.ts', text: "import { sql } from 'kysely';" },
    { path: 'src/enforce/limits/a.ts', text: "import { sql } from 'kysely/dist/sql.js';" },
    { path: 'src/record/a.ts', text: "import { DatabaseSync } from 'node:sqlite';" },
    { path: 'src/cli/keys.ts', text: "import { request } from 'node:http';" },
  ],
  queries: [
    { path: 'src/enforce/identity/a.ts', text: "store.db.selectFrom('api_keys').execute();" },
    { path: 'src/enforce/identity/a.ts', text: "store.db['insertInto']('api_keys');" },
    { path: 'src/serve/a.ts', text: 'sql`select 1`;' },
  ],
  environment: [
    { path: 'src/cli/a.ts', text: 'const home = process.env.HOME;' },
    { path: 'src/cli/a.ts', text: "const home = process['env']['HOME'];" },
    { path: 'src/cli/a.ts', text: 'const home = globalThis.process.env.HOME;' },
    { path: 'src/cli/a.ts', text: 'const { env } = process;' },
    { path: 'src/cli/a.ts', text: "import { env } from 'node:process';" },
    { path: 'src/app/server.ts', text: 'const home = process.env.HOME;' },
  ],
  'file-lines': [
    { path: 'src/policy/a.ts', text: '// x\n'.repeat(sizes.fileLines + 1) },
    { path: 'test/a.test.ts', text: '// x\n'.repeat(sizes.fileLines + 1) },
    { path: 'src/app/server.ts', text: '// x\n'.repeat(251) },
  ],
  'function-lines': [
    { path: 'src/policy/a.ts', text: `function long() {\n${'  step();\n'.repeat(60)}}\n` },
    { path: 'src/policy/a.ts', text: `const long = () => {\n${'  step();\n'.repeat(60)}};\n` },
    { path: 'tools/a.ts', text: `const o = { long() {\n${'  step();\n'.repeat(60)}} };\n` },
  ],
  names: [
    { path: 'src/policy/utils.ts', text: '' },
    { path: 'src/policy/helpers/a.ts', text: '' },
    { path: 'src/policy/key-manager.ts', text: '' },
    { path: 'test/common/server.ts', text: '' },
  ],
  room: [
    { path: 'src/other.ts', text: '' },
    { path: 'src/extra/a.ts', text: '' },
    { path: 'src/enforce/a.ts', text: '' },
  ],
  'opening-comment': [
    { path: 'src/policy/index.ts', text: "export { a } from './a.ts';\n/** Later. */" },
    { path: 'src/policy/index.ts', text: "// A line.\nexport { a } from './a.ts';" },
  ],
  'named-exports': [{ path: 'src/policy/index.ts', text: "/** The policy. */\nexport * from './a.ts';" }],
  syntax: [{ path: 'src/policy/a.ts', text: 'import {' }],
};

for (const [rule, houses] of Object.entries(violations)) {
  test(`a house that breaks the rule "${rule}" is refused`, () => {
    for (const { path, text } of houses) {
      const broken = rulesBroken(path, text);
      assert.ok(
        broken.some((found) => found === rule),
        `${path}: ${text.slice(0, 80)} → ${broken.join()}`,
      );
    }
  });
}

test('what the rules permit passes', () => {
  const permitted: readonly SourceFile[] = [
    {
      path: 'src/policy/a.ts',
      text: "import { Fault } from '../kernel/index.ts';\nimport { z } from 'zod';",
    },
    { path: 'src/policy/a.ts', text: "import { parse } from './source.ts';" },
    { path: 'src/policy/deep/a.ts', text: "import { parse } from '../source.ts';" },
    {
      path: 'src/enforce/gate/a.ts',
      text: "import { keys } from '../identity/index.ts';\nimport { Pool } from 'undici';",
    },
    {
      path: 'src/enforce/identity/store.ts',
      text: "import { sql } from 'kysely';\ndb.selectFrom('api_keys');",
    },
    { path: 'src/record/search/store.ts', text: "import { DatabaseSync } from 'node:sqlite';" },
    { path: 'src/record/a.ts', text: "import type { Kysely } from 'kysely';" },
    { path: 'src/store/a.ts', text: 'new Worker(new URL(`./worker${extension}`, import.meta.url));' },
    { path: 'src/store/deep/a.ts', text: 'new Worker(new URL(`../engine/worker.${end}`, import.meta.url));' },
    { path: 'src/app/server.ts', text: "new URL('../policies/starter.yaml', import.meta.url);" },
    { path: 'src/cli/admin-client.ts', text: "import { request } from 'node:http';" },
    { path: 'src/environment.ts', text: 'export const home = process.env.HOME;' },
    {
      path: 'src/app/server.ts',
      text: "import { gate } from './enforce/gate/index.ts';\nimport { cli } from './cli/index.ts';",
    },
    { path: 'src/policy/index.ts', text: "/** The policy. */\nexport { a } from './a.ts';" },
    {
      path: 'test/e2e.test.ts',
      text: "import { Fault } from '../src/kernel/faults.ts';\nimport 'node:http';",
    },
    { path: 'src/policy/a.test.ts', text: "import { server } from '../../test/support/server.ts';" },
    { path: 'src/policy/a.test.ts', text: "import { createServer } from 'node:http';" },
  ];
  for (const file of permitted) assert.deepEqual(checkRooms([file]), [], `${file.path}: ${file.text}`);
});

test('a factory is measured by its own lines, its methods by theirs', () => {
  const method = `  function step() {\n${'    work();\n'.repeat(40)}  }\n`;
  assert.deepEqual(rulesBroken('src/policy/a.ts', `function createAll() {\n${method.repeat(4)}}\n`), []);
  const straight = `function createAll() {\n${method}${'  work();\n'.repeat(60)}}\n`;
  assert.deepEqual(rulesBroken('src/policy/a.ts', straight), ['function-lines']);
});

test('the place of a violation is named', () => {
  const text = "import { z } from 'zod';\n\nimport { gate } from '../enforce/gate/index.ts';\n";
  assert.deepEqual(checkRooms([{ path: 'src/store/a.ts', text }]), [
    { rule: 'order', path: 'src/store/a.ts', line: 3, message: 'enforce/gate stands above store' },
  ]);
});

test('every room of the table stands in one line only, and every rule says why', () => {
  const rooms = roomOrder.flat();
  assert.equal(new Set(rooms).size, rooms.length);
  assert.ok(moduleRules.every(({ why, modules }) => why.length > 0 && modules.length > 0));
});

test('this checker is itself under the rules', () => {
  const text = readFileSync(new URL('check.ts', import.meta.url), 'utf8');
  assert.deepEqual(checkRooms([{ path: 'tools/rooms/check.ts', text }]), []);
});
