import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const packages = join(import.meta.dirname, '..', '..', 'node_modules');
// Beside the packages, so that `npm ci` clears it and only who may change them may change it.
const cacheFolder = join(packages, '.cache', 'surety-tests');

/**
 * Starts PostgreSQL with an empty database. Making a database cluster (initdb) is most of the work and gives the same every time, so the
 * first start keeps it, and later ones, in this process or another, load it.
 */
export async function startPglite(): Promise<PGlite> {
  const file = await clusterFile();
  const kept = await readFile(file).catch(() => undefined);
  if (kept) return PGlite.create({ loadDataDir: new Blob([kept]) });
  const pglite = await PGlite.create();
  await keep(await pglite.dumpDataDir('none'), file);
  return pglite;
}

/** Of this version of PGlite: another may not read it. */
async function clusterFile(): Promise<string> {
  const description = await readFile(join(packages, '@electric-sql', 'pglite', 'package.json'), 'utf8');
  const { version } = JSON.parse(description) as { version: string };
  return join(cacheFolder, `pglite-${version}.tar`);
}

/** Whole or not at all: two processes may do this at once, and either result serves. */
async function keep(cluster: Blob, file: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, cluster.stream());
  await rename(unfinished, file);
}
