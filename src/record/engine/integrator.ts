import type { LedgerFiles } from '../files.ts';
import type { GrowingTree } from '../tree/growing.ts';
import type { NoteSigner } from '../tree/note.ts';
import { levelWidth, tileLevels, tilePath, tileWidth, wholeBundlesIn } from '../tree/tiles.ts';
import type { Place, Product } from './placer.ts';
import type { Tail } from './tail.ts';

export const checkpointPath = 'checkpoint';

export interface Integrator {
  readonly signedSize: number;
  /** The newest signed checkpoint. */
  readonly checkpoint: string;
  /**
   * Puts everything appended so far into bundles and tiles and signs a checkpoint over it. The order is what makes a crash
   * harmless: a checkpoint never stands before what it covers is durable. Running it again writes the same again.
   *
   * `soonAgain`: it will be run again soon. Then, where many entries are new, those of the last unfinished bundle are left to that time,
   * and the files of their unfinished bundle and tile, which would be removed again at once, are spared.
   */
  integrate(how?: { readonly soonAgain: boolean }): Promise<void>;
}

export interface IntegratorOptions {
  readonly files: Pick<LedgerFiles, 'remove'>;
  readonly place: Place;
  readonly tree: GrowingTree;
  readonly tail: Tail;
  readonly signer: NoteSigner;
  readonly origin: string;
  readonly signedSize: number;
  readonly checkpoint: string;
}

export function createIntegrator(options: IntegratorOptions): Integrator {
  const { files, place, tree, tail, signer, origin } = options;
  let { signedSize, checkpoint } = options;
  /** Full paths of which a narrower version lies in the folder. A crash may have left more, which the first integration meets. */
  const narrower = new Set(edgePaths(signedSize));
  let integratedBefore = false;

  const removeNarrower = (products: readonly Product[]) => {
    for (const { path } of products) {
      const [full, isNarrow] = fullPath(path);
      // A partial tile may go once the full one is there (tlog-tiles, "Partial Tiles").
      if (!isNarrow && (narrower.delete(full) || !integratedBefore)) files.remove(`${full}.p`);
    }
    integratedBefore = true;
  };

  return {
    get signedSize() {
      return signedSize;
    },
    get checkpoint() {
      return checkpoint;
    },
    async integrate({ soonAgain } = { soonAgain: false }) {
      const size = soonAgain && tree.size - signedSize >= tileWidth ? wholeBundlesIn(tree.size) : tree.size;
      const note = signer.sign({ origin, size, root: tree.root(size) });
      const grown = tree
        .growingTiles()
        .filter(({ level }) => levelWidth(level, size) === levelWidth(level, tree.size))
        .filter(({ level }) => levelWidth(level, signedSize) !== levelWidth(level, size));
      const tiles = [...tree.finishedTiles(), ...grown].map((tile) => ({
        path: tilePath(tile),
        bytes: tile.bytes,
      }));
      const products = [...bundlesSince(tail, signedSize, size), ...tiles];
      for (const { path } of products) {
        const [full, isNarrow] = fullPath(path);
        if (isNarrow) narrower.add(full);
      }
      await place(products);
      await place([{ path: checkpointPath, bytes: Buffer.from(note) }]);
      signedSize = size;
      checkpoint = note;
      tree.forgetBefore(size);
      tail.forgetBefore(size);
      removeNarrower(products);
    },
  };
}

/** The full paths of the unfinished tiles of a tree, and of its unfinished bundle. */
function edgePaths(size: number): string[] {
  const edge = Array.from({ length: tileLevels(size) }, (_, level) => {
    const index = Math.floor(levelWidth(level, size) / tileWidth);
    return tilePath({ level, index, width: tileWidth });
  });
  return [...edge, tilePath({ level: 'entries', index: Math.floor(size / tileWidth), width: tileWidth })];
}

/** Of `tile/0/001.p/17` the path of the full tile, and that it is a narrower one. */
function fullPath(path: string): readonly [string, boolean] {
  const mark = path.indexOf('.p/');
  return mark < 0 ? [path, false] : [path.slice(0, mark), true];
}

function bundlesSince(tail: Tail, since: number, size: number): Product[] {
  const bundles: Product[] = [];
  for (let begin = wholeBundlesIn(since); begin < size; begin += tileWidth) {
    const [index, width] = [begin / tileWidth, Math.min(tileWidth, size - begin)];
    if (begin + width > since)
      bundles.push({ path: tilePath({ level: 'entries', index, width }), bytes: tail.bundle(index, width) });
  }
  return bundles;
}
