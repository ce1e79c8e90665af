const prunedMark = Buffer.from('"kind":"ledger.pruned"');
const changeMark = Buffer.from('"change":');

export interface Announced {
  /** The highest minimum index any entry of pruning names. */
  minimumIndex: number;
  /** The highest number of a change of the store any entry records. */
  change: number;
}

/** Notes what an entry announces about the ledger and the store beside it. Nearly all entries announce nothing, and are not parsed. */
export function announcedBy(entry: Buffer, found: Announced): void {
  const isPruning = entry.includes(prunedMark);
  if (!isPruning && !entry.includes(changeMark)) return;
  const { kind, change, detail } = parse(entry);
  if (kind === 'ledger.pruned')
    found.minimumIndex = Math.max(found.minimumIndex, whole(detail?.minimumIndex));
  found.change = Math.max(found.change, whole(change));
}

function parse(entry: Buffer) {
  return JSON.parse(entry.toString()) as {
    kind?: unknown;
    change?: unknown;
    detail?: { minimumIndex?: unknown };
  };
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0;
}
