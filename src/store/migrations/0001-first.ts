import type { Migration } from './migration.ts';

export const first: Migration = {
  name: '0001-first',
  async up({ schema }, { integer, tableEnd }) {
    await schema
      .createTable('api_keys')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('hint', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('addresses', 'text')
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('revoked_at', integer)
      .addColumn('last_used_at', integer)
      .addColumn('replaces', 'text', (column) => column.references('api_keys.id'))
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('outbox')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('entry', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('cursors')
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .addColumn('next_index', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('pseudonyms')
      .addColumn('pseudonym', 'text', (column) => column.primaryKey().notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('usage')
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('route', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('requests', integer, (column) => column.notNull())
      .addColumn('input_tokens', integer, (column) => column.notNull())
      .addColumn('output_tokens', integer, (column) => column.notNull())
      .addColumn('cost_nano_usd', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_key', ['day', 'key_id', 'role', 'route', 'model'])
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('usage_progress')
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .addColumn('next_index', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
  },
};
