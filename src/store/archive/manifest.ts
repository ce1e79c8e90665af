import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../kernel/index.ts';

/** The list of all files of a backup, each with its SHA-256, signed with the key of the ledger. */
export const manifestFile = 'manifest';

/** The first line. No checkpoint of a ledger begins like it, so that neither signature can be shown for the other. */
const head = 'surety backup 1';

export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface Manifest {
  readonly installation: string;
  readonly files: readonly ListedFile[];
}

export async function listFile(folder: string, name: string): Promise<ListedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, name))) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

/** The text that is signed. */
export async function formatManifest(
  folder: string,
  installation: string,
  names: readonly string[],
): Promise<string> {
  const lines = [head, installation];
  for (const name of names) {
    const { sha256, bytes } = await listFile(folder, name);
    lines.push(`${sha256} ${bytes} ${name}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Undefined where the text is no manifest. */
export function parseManifest(text: string): Manifest | undefined {
  const [first, installation, ...lines] = text.split('\n');
  if (first !== head || installation === undefined || lines.pop() !== '') return undefined;
  const files = lines.flatMap((line) => {
    const [, sha256, bytes, name] = /^([0-9a-f]{64}) (0|[1-9]\d{0,15}) (\S+)$/.exec(line) ?? [];
    return sha256 !== undefined && name !== undefined ? [{ sha256, bytes: Number(bytes), name }] : [];
  });
  const names = new Set(files.map(({ name }) => name));
  return files.length === lines.length && names.size === lines.length ? { installation, files } : undefined;
}

/** Holds the files of a folder against a manifest: the same names, and the same bytes. Throws Fault `data.unusable`. */
export async function checkFiles(
  folder: string,
  { files }: Manifest,
  names: readonly string[],
): Promise<void> {
  const wrong = (detail: string): never => {
    throw new Fault('data.unusable', { detail: `The backup is damaged: ${detail}` });
  };
  const listed = new Map(files.map((file) => [file.name, file]));
  const stray = names.find((name) => name !== manifestFile && !listed.has(name));
  if (stray !== undefined) wrong(`${stray} is not in its manifest.`);
  for (const { name, bytes, sha256 } of files) {
    if (!existsSync(join(folder, name))) wrong(`${name} is missing.`);
    const found = await listFile(folder, name);
    if (found.bytes !== bytes || found.sha256 !== sha256)
      wrong(`${name} is not the file that was backed up.`);
  }
}
