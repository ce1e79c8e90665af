import type { EngineTypes, Migration } from './migration.ts';

/** What is kept of persons: captured content, cases, erasures, legal holds, and how often it is swept. */
export const keeping: Migration = {
  name: '0008-keeping',
  async up({ schema }, { integer, tableEnd }) {
    await schema
      .createTable('captured')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('entry_id', 'text', (column) => column.notNull())
      .addColumn('route', 'text', (column) => column.notNull())
      .addColumn('at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('bytes', integer, (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .modifyEnd(tableEnd)
      .execute();
    await schema.createIndex('captured_by_key').on('captured').columns(['key_id', 'id']).execute();
    await schema.createIndex('captured_by_end').on('captured').column('expires_at').execute();
    await schema
      .createTable('cases')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('law', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('opened_by', 'text', (column) => column.notNull())
      .addColumn('received_at', integer, (column) => column.notNull())
      .addColumn('due_at', integer, (column) => column.notNull())
      .addColumn('verified_at', integer)
      .addColumn('verified_by', 'text')
      .addColumn('verified_how', 'text')
      .addColumn('extended_at', integer)
      .addColumn('extended_by', 'text')
      .addColumn('exported_at', integer)
      .addColumn('ended_at', integer)
      .addColumn('ended_by', 'text')
      .addColumn('ground', 'text')
      .addColumn('reminded_at', integer)
      .addColumn('overdue_at', integer)
      .addColumn('words', 'text')
      .modifyEnd(tableEnd)
      .execute();
    await schema.createIndex('cases_by_subject').on('cases').column('subject').execute();
    await createRecords(schema, { integer, tableEnd });
  },
};

/** That something was erased, and what must not be. */
async function createRecords(
  schema: Parameters<Migration['up']>[0]['schema'],
  { integer, tableEnd }: EngineTypes,
): Promise<void> {
  await schema
    .createTable('erasures')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('case_id', 'text')
    .addColumn('commitment', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('erased_by', 'text', (column) => column.notNull())
    .addColumn('begun_at', integer, (column) => column.notNull())
    .addColumn('done_at', integer)
    .addColumn('captured', integer, (column) => column.notNull())
    .addColumn('cases', integer, (column) => column.notNull())
    .addColumn('entry_id', 'text')
    .modifyEnd(tableEnd)
    .execute();
  await schema
    .createTable('legal_holds')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('matter', 'text', (column) => column.notNull())
    .addColumn('held_by', 'text', (column) => column.notNull())
    .addColumn('held_at', integer, (column) => column.notNull())
    .addColumn('released_by', 'text')
    .addColumn('released_at', integer)
    .modifyEnd(tableEnd)
    .execute();
}
