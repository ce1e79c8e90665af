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
  /** Itself or one that it is built on that may not be rendered. */
  refusedBy(one: Kustomization): Kustomization | undefined;
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
  const refusals = refusalsOf(closureOf(scanned, basesOf), basesOf);
  return {
    scanned,
    roots: scanned.filter((one) => !used.has(one)),
    closureOf: (root) => closureOf([root], basesOf),
    refusedBy: (one) => refusals.get(one),
  };
}

type BasesOf = (one: Kustomization) => readonly Kustomization[];

function closureOf(roots: readonly Kustomization[], basesOf: BasesOf): readonly Kustomization[] {
  const found = new Set(roots);
  // A set is walked with what is added to it on the way.
  for (const one of found) for (const base of basesOf(one)) found.add(base);
  return [...found];
}

/** From those that are refused themselves up to all that is built on them, each once. */
function refusalsOf(
  all: readonly Kustomization[],
  basesOf: BasesOf,
): ReadonlyMap<Kustomization, Kustomization> {
  const pairs = all.flatMap((user) => basesOf(user).map((base) => ({ user, base })));
  const users = Map.groupBy(pairs, ({ base }) => base);
  const found = new Map(all.filter(({ refusal }) => refusal !== undefined).map((one) => [one, one]));
  // A map is walked with what is added to it on the way.
  for (const [one, refused] of found)
    for (const { user } of users.get(one) ?? []) if (!found.has(user)) found.set(user, refused);
  return found;
}

/** The same for every way that leads to a file; the path itself where there is none. */
export function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
