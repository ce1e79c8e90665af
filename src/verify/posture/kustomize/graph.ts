import { realpathSync } from 'node:fs';
import { isNamedSo, type Kustomization, kustomizationIn, readKustomization } from './kustomization.ts';

/** Kustomizations and what they are built on, each read once. */
export interface KustomizationGraph {
  /** Those among the files that are scanned. */
  readonly scanned: readonly Kustomization[];
  /** Of these, those that no other uses: what is deployed. */
  readonly roots: readonly Kustomization[];
  /** Itself and all that it is built on. */
  closureOf(root: Kustomization): readonly Kustomization[];
}

export function readKustomizations(files: readonly string[]): KustomizationGraph {
  const byRealPath = new Map<string, Kustomization | undefined>();
  const read = (file: string): Kustomization | undefined => {
    const real = realPath(file);
    if (!byRealPath.has(real)) byRealPath.set(real, readKustomization(file));
    return byRealPath.get(real);
  };
  const bases = new Map<Kustomization, readonly Kustomization[]>();
  const basesOf = (one: Kustomization): readonly Kustomization[] => {
    const known = bases.get(one);
    if (known) return known;
    const found = one.folders.flatMap((folder) => {
      const file = kustomizationIn(folder);
      return (file === undefined ? undefined : read(file)) ?? [];
    });
    bases.set(one, found);
    return found;
  };
  const scanned = files.filter(isNamedSo).flatMap((file) => read(file) ?? []);
  const used = new Set(scanned.flatMap((one) => basesOf(one).filter((base) => base !== one)));
  return { scanned, roots: scanned.filter((one) => !used.has(one)), closureOf: closure(basesOf) };
}

function closure(basesOf: (one: Kustomization) => readonly Kustomization[]): KustomizationGraph['closureOf'] {
  return (root) => {
    const found = new Set([root]);
    // A set is walked with what is added to it on the way.
    for (const one of found) for (const base of basesOf(one)) found.add(base);
    return [...found];
  };
}

/** The same for every way that leads to a file; the path itself where there is none. */
export function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
