import type { Migration } from './migration.ts';

/** Roles and teams of callers that operators have withdrawn. */
export const withdrawals: Migration = {
  name: '0006-withdrawals',
  async up({ schema }, { integer, tableEnd }) {
    await schema
      .createTable('withdrawals')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addUniqueConstraint('withdrawals_of', ['kind', 'name'])
      .modifyEnd(tableEnd)
      .execute();
  },
};
