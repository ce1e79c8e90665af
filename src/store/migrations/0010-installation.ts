import type { Migration } from './migration.ts';

/** Which installation the store belongs to, how many changes it has seen, and the clock it last saw. */
export const installation: Migration = {
  name: '0010-installation',
  async up({ schema }, { integer, tableEnd }) {
    await schema
      .createTable('installation')
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .addColumn('text', 'text')
      .addColumn('number', integer)
      .modifyEnd(tableEnd)
      .execute();
  },
};
