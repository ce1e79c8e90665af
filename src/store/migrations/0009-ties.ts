import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/**
 * Who made whom among operators, so that two of them who are one person's are not taken for two people. Of operators made by earlier
 * versions the issuers of their keys are known; who only changed their roles or enabled them is not.
 */
export const ties: Migration = {
  name: '0009-ties',
  async up(db, { integer, tableEnd }) {
    await db.schema
      .createTable('operator_ties')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('maker', 'text', (column) => column.notNull())
      .addColumn('made', 'text', (column) => column.notNull().references('operators.id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('at', integer, (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
    await sql`insert into operator_ties (id, maker, made, kind, at)
      select id, issued_by, operator, 'key', created_at from operator_keys
      where issued_by <> operator and issued_by <> 'owner'`.execute(db);
    await db.schema.alterTable('operators').addColumn('created_by', 'text').execute();
    await sql`update operators set created_by = (
      select issued_by from operator_keys where operator = operators.id order by created_at, id limit 1
    )`.execute(db);
    await db.schema.alterTable('operator_requests').addColumn('asked_key_by', 'text').execute();
    await db.schema.alterTable('operator_requests').addColumn('asker_made_by', 'text').execute();
    await db.schema.alterTable('operator_requests').addColumn('confers', 'text').execute();
  },
};
