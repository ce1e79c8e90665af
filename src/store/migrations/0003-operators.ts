import type { Migration } from './migration.ts';

/** Operators, their keys and sessions, and what waits for a second person. */
export const operators: Migration = {
  name: '0003-operators',
  async up({ schema }, { integer, tableEnd }) {
    await schema
      .createTable('operators')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.unique())
      .addColumn('roles', 'text', (column) => column.notNull())
      .addColumn('claims', 'text')
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('disabled_at', integer)
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('operator_keys')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('operator', 'text', (column) => column.notNull().references('operators.id'))
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('hint', 'text', (column) => column.notNull())
      .addColumn('issued_by', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('revoked_at', integer)
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('operator_sessions')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('operator', 'text', (column) => column.notNull().references('operators.id'))
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('key', 'text', (column) => column.references('operator_keys.id'))
      .addColumn('started_at', integer, (column) => column.notNull())
      .addColumn('seen_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('ended_at', integer)
      .modifyEnd(tableEnd)
      .execute();
    await schema
      .createTable('operator_requests')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('asked_by', 'text', (column) => column.notNull())
      .addColumn('act', 'text', (column) => column.notNull())
      .addColumn('route', 'text', (column) => column.notNull())
      .addColumn('input', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('asked_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('decided_at', integer)
      .addColumn('decided_by', 'text')
      .addColumn('reason', 'text')
      .modifyEnd(tableEnd)
      .execute();
  },
};
