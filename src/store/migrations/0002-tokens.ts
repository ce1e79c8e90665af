import type { Migration } from './migration.ts';

/** Teams of keys. */
export const tokens: Migration = {
  name: '0002-tokens',
  async up({ schema }) {
    await schema.alterTable('api_keys').addColumn('team', 'text').execute();
  },
};
