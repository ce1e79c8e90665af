import type { DatabaseSync } from 'node:sqlite';

/** Bundles an epoch: terms of one time lie together, so that inserting touches few pages and pruning deletes a range. */
export const bundlesPerEpoch = 4096;

/** Bundles a row tells of, a bit for each: a term that is in all of them is one row, and JavaScript works on as many bits. */
export const bundlesPerBlock = 32;

export const termsSchema = `
  CREATE TABLE terms (
    epoch INTEGER NOT NULL, term TEXT NOT NULL, block INTEGER NOT NULL, bundles INTEGER NOT NULL,
    PRIMARY KEY (epoch, term, block)) WITHOUT ROWID;`;

/** Writes down which bundles hold which terms. */
export interface TermWriter {
  add(bundle: number, terms: Iterable<string>): void;
  /** Writes what was added to the table, in which it is looked for. */
  flush(): void;
}

/** Gathers a block in memory, so that a term costs one insertion a block and not one a bundle. */
export function createTermWriter(db: DatabaseSync): TermWriter {
  const insert = db.prepare(
    'INSERT INTO terms VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET bundles = bundles | excluded.bundles',
  );
  let block = 0;
  let gathered = new Map<string, number>();

  const flush = () => {
    const epoch = Math.floor((block * bundlesPerBlock) / bundlesPerEpoch);
    // In the order of the table, whose pages are then gone through once.
    for (const term of [...gathered.keys()].sort()) {
      // Bits are signed in JavaScript and are not in the table.
      insert.run(epoch, term, block, (gathered.get(term) ?? 0) >>> 0);
    }
    gathered = new Map();
  };

  return {
    add(bundle, terms) {
      const its = Math.floor(bundle / bundlesPerBlock);
      if (its !== block) flush();
      block = its;
      const bit = 1 << (bundle % bundlesPerBlock);
      for (const term of terms) gathered.set(term, (gathered.get(term) ?? 0) | bit);
    },
    flush,
  };
}
