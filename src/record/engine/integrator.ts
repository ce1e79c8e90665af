import type { LedgerFiles } from '../files.ts';
import type { GrowingTree } from '../tree/growing.ts';
import { hashBytes } from '../tree/hash.ts';
import type { NoteSigner } from '../tree/note.ts';
import { levelWidth, tileLevels, tilePath, tileWidth, wholeBundlesIn, widthIn } from '../tree/tiles.ts';
import type { Place, Product } from './placer.ts';
import type { Tail } from './tail.ts';

export const checkpointPath = 'checkpoint';

export interface Integrator {
  readonly signedSize: number;
  /** The newest signed checkpoint. */
  readonly checkpoint: string;
  /**
   * Puts what was appended so far into bundles and tiles and signs a checkpoint over it. The order is what makes a crash
   * harmless: a checkpoint never stands before what it covers is durable. Running it again writes the same again.
   *
   * `soonAgain`: it will be run again soon. Then, where many entries are new, those of the last unfinished bundle are left to that time,
   * and the files of their unfinished bundle and tile, which would be removed again at once, are spared. Where very much is new, only the oldest of
   * it is taken: so memory is given back soon, and checkpoints go on while there is a backlog.
   */
  integrate(how?: { readonly soonAgain: boolean }): Promise<void>;
}

/** 30 MB of calls. */
const maxBundlesAtOnce = 256;

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
      const wanted = soonAgain && tree.size - signedSize >= tileWidth ? wholeBundlesIn(tree.size) : tree.size;
      const size = Math.min(wanted, wholeBundlesIn(signedSize) + maxBundlesAtOnce * tileWidth);
      const note = signer.sign({ origin, size, root: tree.root(size) });
      const products = [...bundlesSince(tail, signedSize, size), ...tilesSince(tree, signedSize, size)];
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

/** The tiles of a tree of `size` that a tree of `since` did not have, or had narrower. */
function tilesSince(tree: GrowingTree, since: number, size: number): Product[] {
  const tiles: Product[] = [];
  for (let level = 0; level < tileLevels(size); level++) {
    const last = Math.floor((levelWidth(level, size) - 1) / tileWidth);
    for (let index = Math.floor(levelWidth(level, since) / tileWidth); index <= last; index++) {
      const width = widthIn({ level, index }, size);
      if (width <= widthIn({ level, index }, since)) continue;
      const held = tree.tile({ level, index });
      if (!held) throw new Error(`Tile ${level}/${index} is not in memory.`);
      // Copied: the hashes of a growing tile go on in the same memory.
      tiles.push({
        path: tilePath({ level, index, width }),
        bytes: Buffer.from(held.subarray(0, width * hashBytes)),
      });
    }
  }
  return tiles;
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
