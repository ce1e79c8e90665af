/** Something found, before overlaps are settled. Places are of the text that was scanned. */
export interface Candidate {
  /** Where the search must begin to find it again; before `start` where a name stands before the value. */
  readonly origin: number;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  /** The detector's place in the list. */
  readonly order: number;
}

export interface ScanOptions {
  readonly from: number;
  readonly final: boolean;
  /** Whether the text is known to hold nothing but ASCII. */
  readonly isAscii: boolean;
}

export interface Scan {
  readonly candidates: readonly Candidate[];
  /** What begins before is decided, whatever text comes next. The end of the text where it is final. */
  readonly decidedTo: number;
}
