import type { ReplayPage } from '../../enforce/gate/index.ts';
import type {
  KeyAdministration,
  Operators,
  Reviews,
  TokenAdministration,
  WithdrawalAdministration,
} from '../../enforce/identity/index.ts';
import type { UsageAccount } from '../../enforce/limits/index.ts';
import type { Keeping } from '../../enforce/privacy/index.ts';
import type { Ledger } from '../../record/index.ts';
import type { KeyStore } from '../../secrets/index.ts';
import type { AccessDecision } from './access-decision.ts';
import type { WriteNote } from './reads.ts';
import type { RevocationFigures } from './revocation.ts';

/** What the handlers work on; given by the composition root, the same for a running server and for the command line in process. */
export interface AdminServices {
  readonly keys: KeyAdministration;
  readonly operators: Operators;
  readonly tokens: TokenAdministration;
  readonly withdrawals: WithdrawalAdministration;
  readonly ledger: Ledger;
  readonly reviews: Reviews;
  /** What is kept of persons. */
  readonly keeping: Keeping;
  /** The keys that seal it. */
  readonly dataKeys: Pick<KeyStore, 'status' | 'rotate'>;
  readonly usage: Pick<UsageAccount, 'report'>;
  /** Writes an entry; resolves when it is durable. */
  readonly note: WriteNote;
  /** Tells whoever watches the server that an operator acted alone where a second person was needed. */
  alertBrokenGlass(told: { operator: string; act: string; reason: string; request: string }): void;
  /** Who may do what, and what decides. */
  explainAccess(asked: {
    principal: string;
    action: string;
    model: string | undefined;
  }): Promise<AccessDecision>;
  /** Writes a backup of the data folder into a new folder; gives what it holds. */
  backup(out: string, operator: string): Promise<{ folder: string; bytes: number; entries: number }>;
  /** Writes a range with proofs to a new file. */
  exportRange(
    range: { since: number; until: number; out: string },
    operator: string,
  ): Promise<{ file: string; entries: number }>;
  /** What leaves the machine as a stream; recorded before its first byte does. */
  readonly downloads: {
    backup(operator: string): Promise<ReadableStream<Uint8Array>>;
    exportRange(
      range: { since: number; until: number },
      operator: string,
    ): Promise<ReadableStream<Uint8Array>>;
  };
  /** Runs recorded decisions through a candidate policy; Fault `policy.invalid` where it is none. */
  replayPolicy(request: {
    candidate: string;
    file: string;
    since: number;
    until: number;
    going: string | undefined;
    pageEntries: number;
  }): Promise<
    Omit<ReplayPage, 'next'> & {
      readonly candidateDigest: string;
      readonly inForceDigest: string;
      readonly next?: { readonly going: string; readonly at: number };
    }
  >;
  policy(): {
    readonly file: string;
    readonly digest: string;
    readonly loadedAt: number;
    readonly problem: string | undefined;
  };
  /** Undefined where no server runs. */
  readonly revocation?: () => { readonly boundMs: number; readonly figures: readonly RevocationFigures[] };
  readiness(): { readonly status: number; readonly body: string };
  readonly version: string;
  now(): number;
}
