import type { LedgerFiles } from '../files.ts';
import { encodeBundle } from '../tree/bundle.ts';
import type { GrowingTree } from '../tree/growing.ts';
import type { NoteSigner } from '../tree/note.ts';
import { levelWidth, tilePath, tileWidth } from '../tree/tiles.ts';
import { entryPrefixBytes } from './frames.ts';
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
   */
  integrate(): Promise<void>;
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

  return {
    get signedSize() {
      return signedSize;
    },
    get checkpoint() {
      return checkpoint;
    },
    async integrate() {
      const size = tree.size;
      const note = signer.sign({ origin, size, root: tree.root() });
      const grown = tree
        .growingTiles()
        .filter(({ level }) => levelWidth(level, signedSize) !== levelWidth(level, size));
      const tiles = [...tree.finishedTiles(), ...grown].map((tile) => ({
        path: tilePath(tile),
        bytes: tile.bytes,
      }));
      const bundles = bundlesSince(tail, signedSize, size);
      await place([...bundles, ...tiles]);
      await place([{ path: checkpointPath, bytes: Buffer.from(note) }]);
      signedSize = size;
      checkpoint = note;
      tree.forgetBefore(size);
      tail.forgetBefore(size);
      for (const { path } of [...bundles, ...tiles]) {
        // A partial tile may go once the full one is there (tlog-tiles, "Partial Tiles").
        if (!path.includes('.p/')) files.remove(`${path}.p`);
      }
    },
  };
}

function bundlesSince(tail: Tail, since: number, size: number): Product[] {
  const bundles: Product[] = [];
  for (let begin = since - (since % tileWidth); begin < size; begin += tileWidth) {
    const entries = tail.slice(Math.min(begin, size), Math.min(begin + tileWidth, size));
    const tile = { level: 'entries', index: begin / tileWidth, width: entries.length } as const;
    if (begin + entries.length > since)
      bundles.push({ path: tilePath(tile), bytes: encodeBundle(entries, entryPrefixBytes) });
  }
  return bundles;
}
