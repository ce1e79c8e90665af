/** What may be set about a ledger; everything has a safe default. */
export interface LedgerOptions {
  /** Appends handed over and not yet durable, at which new ones are refused at once: the bound of back pressure. */
  readonly outstandingLimit: number;
  /** The same in bytes. */
  readonly outstandingBytes: number;
  readonly checkpointEveryMs: number;
  /** Length at which a new journal segment is begun. */
  readonly segmentBytes: number;
  /** Room laid by in a segment at a time, so that syncing need not grow the file; 0 for none. */
  readonly roomBytes: number;
  /** Free space under which `diskLow` is said. */
  readonly diskWarnBytes: number;
  /** Free space under which nothing but the ledger's own last words is taken. */
  readonly diskStopBytes: number;
  /** Held back on the disk so that the last words have room. */
  readonly reserveBytes: number;
  readonly diskPollMs: number;
  /** How long after a failed write a new segment is tried first. */
  readonly reopenAfterMs: number;
  /** Bytes held in memory until they are integrated: from half of it on appends are slowed, at it they wait, and where integrating fails they are refused. */
  readonly tailBytes: number;
  /** Kinds taken even while the disk is too full for others: how recording ended must itself be recorded. */
  readonly lastWords: readonly string[];
  /** How long a subscriber collects before it makes durable what it has, if nobody waits for it. */
  readonly subscriberRestMs: number;
}

const mebibyte = 1024 * 1024;

export const defaultLedgerOptions: LedgerOptions = {
  outstandingLimit: 8192,
  outstandingBytes: 64 * mebibyte,
  checkpointEveryMs: 500,
  segmentBytes: 32 * mebibyte,
  roomBytes: 2 * mebibyte,
  diskWarnBytes: 1024 * mebibyte,
  diskStopBytes: 128 * mebibyte,
  reserveBytes: mebibyte,
  diskPollMs: 2000,
  reopenAfterMs: 100,
  tailBytes: 128 * mebibyte,
  lastWords: ['ledger.refusing', 'ledger.gap', 'system.stopped'],
  subscriberRestMs: 1000,
};
