import type { Migration } from './migration.ts';

/** Since when a review gathers who has access and what each did; null where it has. */
export const gathering: Migration = {
  name: '0007-gathering',
  async up({ schema }, { integer }) {
    await schema.alterTable('reviews').addColumn('gathering_since', integer).execute();
  },
};
