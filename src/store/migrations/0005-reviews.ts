import type { Migration } from './migration.ts';

/** Access reviews: campaigns, and in each the principals as they were with what was decided. Rows go by retention alone, after they were closed. */
export const reviews: Migration = {
  name: '0005-reviews',
  async up({ schema }, { integer, tableEnd }) {
    await schema
      .createTable('reviews')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('due_at', integer, (column) => column.notNull())
      .addColumn('since', integer, (column) => column.notNull())
      .addColumn('until', integer, (column) => column.notNull())
      .addColumn('policy', 'text', (column) => column.notNull())
      .addColumn('problems', 'text', (column) => column.notNull())
      .addColumn('reminded_at', integer)
      .addColumn('overdue_at', integer)
      .addColumn('closed_at', integer)
      .addColumn('closed_by', 'text')
      .addColumn('record_digest', 'text')
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('review_principals')
      .addColumn('review_id', 'text', (column) => column.notNull().references('reviews.id'))
      .addColumn('principal_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('snapshot', 'text', (column) => column.notNull())
      .addColumn('proposal', 'text')
      .addColumn('decision', 'text')
      .addColumn('target_role', 'text')
      .addColumn('reason', 'text')
      .addColumn('decided_by', 'text')
      .addColumn('decided_at', integer)
      .addColumn('applied_at', integer)
      .addPrimaryKeyConstraint('review_principals_row', ['review_id', 'principal_id'])
      .modifyEnd(tableEnd)
      .execute();
  },
};
