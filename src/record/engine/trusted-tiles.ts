import { Fault } from '../../kernel/index.ts';
import type { LedgerReader } from '../files.ts';
import type { GrowingTree } from '../tree/growing.ts';
import { hashBytes, merkleRoot } from '../tree/hash.ts';
import { readStoredTile } from '../tree/stored.ts';
import { type HashTile, hashSpan, tileWidth } from '../tree/tiles.ts';

/** The hashes of a tile, checked. Throws Fault `ledger.damaged`, or `ledger.pruned` where an earlier version removed it with its entries. */
export type TrustedTiles = (tile: Pick<HashTile, 'level' | 'index'>) => Buffer;

export interface TrustedTilesOptions {
  readonly reader: LedgerReader;
  readonly tree: Pick<GrowingTree, 'tile'>;
  readonly minimum: { readonly index: number };
}

/** Tiles above the lowest level that were checked: 8 KiB each. */
const maxHeld = 64;

/**
 * Tiles as the tree has them. The right edge of the tree is in memory since the start, when all of it was checked; a tile on disk counts only
 * where its root is the hash that stands for it in the tile above. So whatever is read from the folder is held against what was signed, also when
 * the folder was changed while the server runs.
 */
export function createTrustedTiles({ reader, tree, minimum }: TrustedTilesOptions): TrustedTiles {
  const checked = new Map<string, Buffer>();

  const keep = (name: string, bytes: Buffer) => {
    const [oldest] = checked.keys();
    if (checked.size >= maxHeld && oldest !== undefined) checked.delete(oldest);
    checked.set(name, bytes);
  };

  const read: TrustedTiles = ({ level, index }) => {
    const name = `${level}/${index}`;
    const held = tree.tile({ level, index }) ?? checked.get(name);
    if (held) return held;
    const bytes = readStoredTile(reader, { level, index, width: tileWidth });
    if (!bytes) {
      const isPruned = (index + 1) * tileWidth * hashSpan(level) <= minimum.index;
      throw isPruned
        ? new Fault('ledger.pruned', {
            detail: `Hashes below entry ${minimum.index} were removed by an earlier version.`,
          })
        : new Fault('ledger.damaged', { detail: `Tile ${name} is missing or broken.` });
    }
    const above = read({ level: level + 1, index: Math.floor(index / tileWidth) });
    const offset = (index % tileWidth) * hashBytes;
    if (!merkleRoot(bytes).equals(above.subarray(offset, offset + hashBytes)))
      throw new Fault('ledger.damaged', { detail: `Tile ${name} was changed.` });
    if (level > 0) keep(name, bytes);
    return bytes;
  };
  return read;
}
