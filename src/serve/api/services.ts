import type { KeyAdministration, TokenAdministration } from '../../enforce/identity/index.ts';
import type { Ledger } from '../../record/index.ts';

/** What the handlers work on; given by the composition root, the same for a running server and for the command line in process. */
export interface AdminServices {
  readonly keys: KeyAdministration;
  readonly tokens: TokenAdministration;
  readonly ledger: Ledger;
  /** Writes a backup of the data folder into a new folder; gives what it holds. */
  backup(out: string): Promise<{ folder: string; bytes: number; entries: number }>;
  /** Writes a range with proofs to a new file. */
  exportRange(range: {
    since: number;
    until: number;
    out: string;
  }): Promise<{ file: string; entries: number }>;
  policy(): {
    readonly file: string;
    readonly digest: string;
    readonly loadedAt: number;
    readonly problem: string | undefined;
  };
  readiness(): { readonly status: number; readonly body: string };
  readonly version: string;
  now(): number;
}
