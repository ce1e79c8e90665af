/** The rules of the house as data. `check.ts` applies them; `check.test.ts` breaks each of them. */

/**
 * The rooms, lowest first; rooms of one line are peers and never import each other. A room imports only from lines above its own in
 * this list, and only through their `index.ts`. What a room has in the policy file stands in its `policy-section.ts`, by which the one file enters that puts
 * the format together: whoever needs a room's work need not read all of the format, nor the format all of the work.
 */
export const roomOrder: readonly (readonly string[])[] = [
  ['kernel'],
  ['outbound'],
  ['secrets'],
  ['store'],
  ['policy'],
  ['record'],
  ['enforce/identity', 'enforce/limits', 'enforce/privacy', 'enforce/tls'],
  ['enforce/gate'],
  ['verify/posture', 'verify/probes', 'verify/reports', 'verify/admission'],
  ['respond'],
  ['prove'],
  ['serve'],
  ['cli'],
];

/**
 * The composition root: what stands above the rooms and joins them. No room may import any of it. `app/` is a folder, a file for each thing that is
 * joined; `main.ts` and `environment.ts` stand beside it.
 */
export const compositionRoot: Readonly<Record<string, 'every room' | readonly string[]>> = {
  'src/app/server.ts': 'every room',
  'src/app/house.ts': 'every room',
  'src/app/house-ledger.ts': ['kernel', 'store', 'record', 'enforce/gate'],
  'src/app/admin-services.ts': 'every room',
  'src/app/command-rooms.ts': 'every room',
  'src/app/lazy-rooms.ts': ['cli'],
  'src/app/policy-commands.ts': ['kernel', 'policy', 'enforce/gate', 'cli'],
  'src/app/starter-policy.ts': [],
  'src/app/console.ts': ['kernel', 'secrets', 'serve'],
  'src/app/explain-access.ts': ['kernel', 'policy', 'enforce/identity', 'enforce/gate', 'serve'],
  'src/app/inspect-token.ts': ['kernel', 'secrets', 'enforce/identity', 'cli'],
  'src/app/backup.ts': ['kernel', 'record', 'secrets', 'store'],
  'src/app/restore.ts': ['kernel', 'secrets', 'store', 'record'],
  'src/app/installation.ts': ['kernel', 'record', 'store'],
  'src/app/downloads.ts': ['kernel', 'store'],
  'src/app/stream-out.ts': [],
  'src/app/revocation-canary.ts': ['kernel', 'enforce/identity', 'serve'],
  'src/app/follow-policy.ts': ['kernel', 'enforce/gate'],
  'src/app/upkeep.ts': ['enforce/gate', 'kernel', 'store'],
  'src/app/vault.ts': ['kernel', 'secrets', 'store', 'record', 'enforce/privacy'],
  'src/app/policy-in-force.ts': ['kernel', 'policy'],
  'src/app/policy-archive.ts': ['enforce/gate'],
  'src/app/keeping.ts': [
    'kernel',
    'secrets',
    'store',
    'record',
    'enforce/identity',
    'enforce/limits',
    'enforce/privacy',
  ],
  'src/app/note.ts': ['kernel', 'record', 'enforce/identity'],
  'src/app/reviews.ts': ['kernel', 'enforce/identity', 'enforce/gate'],
  'src/app/policy-replay.ts': ['kernel', 'policy', 'enforce/gate'],
  // The sections of the policy put together; also what generates the documents of the format.
  'src/app/policy-format.ts': [
    'kernel',
    'policy',
    'record',
    'enforce/identity',
    'enforce/limits',
    'enforce/privacy',
    'enforce/gate',
    'verify/posture',
  ],
  'src/app/version.ts': [],
  'src/main.ts': 'every room',
  'src/environment.ts': ['kernel'],
};

export const sectionFace = { file: 'policy-section.ts', enteredBy: 'src/app/policy-format.ts' };

export interface ModuleRule {
  /** Exact names; a name ending in `/` stands for all packages of a scope. */
  readonly modules: readonly string[];
  /** `src/serve/`: the folder. `store.ts`: files of that name in any room. `src/cli/admin-client.ts`: the file. */
  readonly allowedIn: readonly string[];
  /** Whether importing types alone is allowed everywhere. */
  readonly typesAnywhere: boolean;
  readonly why: string;
}

export const moduleRules: readonly ModuleRule[] = [
  {
    modules: ['hono', '@hono/', 'node:http', 'node:https', 'node:http2', 'undici'],
    allowedIn: [
      'src/serve/',
      'src/enforce/gate/',
      // undici alone: how every room reaches other machines.
      'src/outbound/',
      // The one client: the command line speaks to a running server over the socket in its data folder.
      'src/cli/admin-client.ts',
    ],
    typesAnywhere: false,
    why: 'HTTP frameworks only in serve/, enforce/gate/ and outbound/',
  },
  {
    modules: ['kysely', 'node:sqlite'],
    allowedIn: ['src/store/', 'store.ts'],
    typesAnywhere: true,
    why: "SQL only in store/ and a room's store.ts",
  },
];

/** Calls that build a query, wherever the builder came from. */
export const queryMethods: readonly string[] = [
  'selectFrom',
  'insertInto',
  'updateTable',
  'deleteFrom',
  'replaceInto',
];
export const queryFiles: readonly string[] = ['src/store/', 'store.ts'];

/** The one file that reads `process.env`; everything else is given what it needs. */
export const environmentFile = 'src/environment.ts';

export const sizes = {
  fileLines: 500,
  softFileLines: 300,
  /** Without the functions inside, which are counted for themselves: a factory is as long as its longest method. */
  functionLines: 60,
  files: { 'src/app/server.ts': 250, 'src/app/house.ts': 250 } as Readonly<Record<string, number>>,
} as const;

/** Names that say nothing about what is in a file or folder. */
export const forbiddenNames: readonly string[] = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'manager',
  'managers',
  'misc',
];

/** What the tests of several rooms share; the one place outside src/ that a test beside the code may import from. */
export const testSupport = 'test/support/';

/** Code these rules are about. What stands outside src/ may import anything. */
export const checkedFolders: readonly string[] = ['src', 'test', 'tools', 'bench'];
