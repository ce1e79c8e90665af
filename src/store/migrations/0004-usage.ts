import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/**
 * Usage by team and operation too, with what was estimated or never known, and which budget alerts were given. A primary key cannot be
 * changed portably: the sums move to a new table.
 */
export const usage: Migration = {
  name: '0004-usage',
  async up(db, { integer, tableEnd }) {
    const { schema } = db;
    await schema.alterTable('usage').renameTo('usage_before').execute();
    await schema
      .createTable('usage')
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('team', 'text', (column) => column.notNull())
      .addColumn('route', 'text', (column) => column.notNull())
      .addColumn('operation', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('requests', integer, (column) => column.notNull())
      .addColumn('estimated', integer, (column) => column.notNull())
      .addColumn('unknown', integer, (column) => column.notNull())
      .addColumn('input_tokens', integer, (column) => column.notNull())
      .addColumn('cached_input_tokens', integer, (column) => column.notNull())
      .addColumn('output_tokens', integer, (column) => column.notNull())
      .addColumn('reasoning_tokens', integer, (column) => column.notNull())
      .addColumn('cost_nano_usd', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_row', ['day', 'key_id', 'role', 'team', 'route', 'operation', 'model'])
      .modifyEnd(tableEnd)
      .execute();
    await sql`
      insert into usage
      select day, key_id, role, '', route, '', model, requests, 0, 0, input_tokens, 0, output_tokens, 0, cost_nano_usd
      from usage_before`.execute(db);
    await schema.dropTable('usage_before').execute();
    await schema
      .createTable('budget_alerts')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('measure', 'text', (column) => column.notNull())
      .addColumn('per', 'text', (column) => column.notNull())
      .addColumn('window_start', integer, (column) => column.notNull())
      .addColumn('amount', integer, (column) => column.notNull())
      .addColumn('percent', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('budget_alerts_row', [
        'kind',
        'scope',
        'subject',
        'measure',
        'per',
        'window_start',
        'amount',
        'percent',
      ])
      .modifyEnd(tableEnd)
      .execute();
  },
};
