const prunedMark = Buffer.from('"kind":"ledger.pruned"');
const changeMark = Buffer.from('"change":');

export interface Announced {
  /** The highest minimum index any entry of pruning names. */
  minimumIndex: number;
  /** The highest number of a change of the store any entry records. */
  change: number;
}

/** The same for all entries of a bundle, which are bytes one after another: in most bundles nothing is announced, and one look tells. */
export function announcedByBundle(entries: readonly Buffer[], found: Announced): void {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) return;
  const end = last.byteOffset + last.length;
  const bundle = Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
  if (!bundle.includes(prunedMark) && !bundle.includes(changeMark)) return;
  for (const entry of entries) announcedBy(entry, found);
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

interface Announcing {
  readonly kind?: unknown;
  readonly change?: unknown;
  readonly detail?: { readonly minimumIndex?: unknown };
}

/** An entry that was changed may be anything: its hash says so, and here it announces nothing. */
function parse(entry: Buffer): Announcing {
  try {
    const value: unknown = JSON.parse(entry.toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0;
}
