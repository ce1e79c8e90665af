import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGate, type GateSnapshot } from '../enforce/gate/index.ts';
import { archiveFolder, type LoadedPolicy } from './policy-in-force.ts';
import { policyFormat } from './policy-format.ts';

/** The oldest go first; a policy is a few kilobytes. */
const mostKept = 1000;

/**
 * Keeps the text of a policy that is put in force. Entries name the digest they were made under; with the text, a recorded call can be
 * decided again (policy replay). A policy holds no secrets, only references.
 */
export async function archivePolicy({ digest, text }: LoadedPolicy, dataFolder: string): Promise<void> {
  const folder = archiveFolder(dataFolder);
  const file = join(folder, `${digest}.yaml`);
  if (existsSync(file)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  await dropOldest(folder);
}

async function dropOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  if (names.length <= mostKept) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const oldest = files.toSorted((a, b) => a.at - b.at).slice(0, names.length - mostKept);
  await Promise.all(oldest.map(({ name }) => unlink(join(folder, name))));
}

/** The policy of a digest, made ready to decide by. Undefined where its text is not kept, was changed, or is of a format this version does not read. */
export async function findArchivedPolicy(
  digest: string,
  dataFolder: string,
): Promise<GateSnapshot | undefined> {
  if (!/^[0-9a-f]{64}$/.test(digest)) return undefined;
  const text = await readFile(join(archiveFolder(dataFolder), `${digest}.yaml`), 'utf8').catch(
    () => undefined,
  );
  if (text === undefined) return undefined;
  const reading = policyFormat.read(text, digest);
  return reading.ok && reading.digest === digest ? compileGate(reading.policy, digest) : undefined;
}
