import type { Migration } from './migration.ts';

/** Teams of keys; tokens refused before their end; the last keys of issuers. */
export const tokens: Migration = {
  name: '0002-tokens',
  async up({ schema }, { integer, tableEnd }) {
    await schema.alterTable('api_keys').addColumn('team', 'text').execute();
    await schema
      .createTable('token_revocations')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('token_id', 'text')
      .addColumn('subject', 'text')
      .addColumn('issued_before', integer)
      .addColumn('created_at', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('issuer_keys')
      .addColumn('place', 'text', (column) => column.primaryKey().notNull())
      .addColumn('key_set', 'text', (column) => column.notNull())
      .addColumn('fetched_at', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
  },
};
