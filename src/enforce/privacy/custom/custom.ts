import type { Candidate } from '../scan/candidate.ts';

/** A detector that a policy describes. */
export interface CustomDetector {
  readonly name: string;
  search(
    text: string,
    options: { readonly from: number; readonly final: boolean; readonly order: number },
  ): { readonly candidates: readonly Candidate[]; readonly decidedTo: number };
}

/** Both kinds are exact about what they are told, so nothing is surer. */
export const customConfidence = 1;
