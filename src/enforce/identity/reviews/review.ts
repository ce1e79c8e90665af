/** Whose access is reviewed. */
export type PrincipalKind = 'key' | 'token' | 'operator';

export type ReviewDecision = 'keep' | 'narrow' | 'revoke';

/** Why a reviewer should look closer. The sentences are the product's; the codes are stable. */
export const reviewFlags = {
  'never-used': 'never used since it was made, which is longer ago than identity.reviews.dormant',
  dormant: 'not used for longer than identity.reviews.dormant',
  'unused-permissions': 'permitted things it did not use in the time looked at',
  wildcard: 'permitted every path or every model',
  'no-owner': 'nobody is named who answers for it',
  'long-lived': 'it ends only after the next review',
  'many-networks': 'used from so many networks that it may be shared',
  'role-gone': 'its role is not in the policy, so it may do nothing',
  'team-gone': 'its team is not in the policy, so it may do nothing',
  'often-denied': 'refused often, and used on',
} as const;

export type ReviewFlag = keyof typeof reviewFlags;

/** A source the campaign could not read in full. It cannot be closed while there is one. */
export interface SourceProblem {
  readonly source: 'ledger';
  readonly kind: 'pruned' | 'gap' | 'unreadable' | 'too-many';
  readonly detail: string;
}

export interface Grant {
  readonly role: string;
  /** `call /v1/**`; empty where the policy has no such role. */
  readonly may: readonly string[];
  readonly models: readonly string[];
}

export interface UsedCall {
  /** The digest it was made under. */
  readonly policy: string;
  readonly route: string;
  readonly operation: string;
  readonly model: string;
  readonly calls: number;
  readonly lastAt: string;
}

/** What a principal did in the span, as the ledger says. */
export interface PrincipalUse {
  readonly calls: number;
  readonly denied: number;
  readonly firstAt: string | undefined;
  readonly lastAt: string | undefined;
  readonly lastDeniedAt: string | undefined;
  /** Distinct networks, as pseudonyms, counted up to a bound. */
  readonly networks: number;
  readonly used: readonly UsedCall[];
  /** More kinds of call than are listed. */
  readonly truncated: boolean;
  /** Of operators: what they did, by kind of entry. */
  readonly actions: Readonly<Record<string, number>>;
}

export interface PrincipalSnapshot {
  readonly roles: readonly string[];
  readonly team?: string;
  readonly createdAt?: number;
  readonly expiresAt?: number;
  readonly granted: readonly Grant[];
  readonly use: PrincipalUse;
  readonly unused: { readonly may: readonly string[]; readonly models: readonly string[] };
  readonly flags: readonly ReviewFlag[];
}

/** A role a key could be moved to, run over what the key did. */
export interface Proposal {
  readonly role: string;
  /** Whether the policy in force has it. */
  readonly inPolicy: boolean;
  readonly may: readonly string[];
  readonly models: readonly string[];
  /** What to add to the policy, where it does not have it. */
  readonly yaml: string | undefined;
  readonly calls: number;
  readonly wouldRefuse: readonly {
    readonly route: string | undefined;
    readonly operation: string | undefined;
    readonly model: string | undefined;
    readonly reason: string;
    readonly calls: number;
    readonly examples: readonly string[];
  }[];
  /** Calls that could not be decided again, by why. */
  readonly notReplayed: readonly { readonly means: string; readonly calls: number }[];
}

export interface ReviewedPrincipal {
  readonly id: string;
  readonly kind: PrincipalKind;
  /** As it is called now; from the store, never from the ledger. */
  readonly name: string | undefined;
  readonly owner: string | undefined;
  readonly snapshot: PrincipalSnapshot;
  readonly proposal: Proposal | undefined;
  readonly decision: ReviewDecision | undefined;
  readonly targetRole: string | undefined;
  readonly reason: string | undefined;
  readonly decidedBy: string | undefined;
  readonly decidedAt: number | undefined;
  /** `waiting`: decided, and the policy does not have the role yet. `ended`: the key was revoked or expired otherwise. */
  readonly state: 'undecided' | 'waiting' | 'applied' | 'ended';
}

export interface ReviewSummary {
  readonly id: string;
  /** `gathering`: who has access and what each did is still being read; nothing can be decided. */
  readonly state: 'gathering' | 'open' | 'overdue' | 'closed';
  readonly createdAt: number;
  readonly createdBy: string;
  readonly dueAt: number;
  readonly since: number;
  readonly until: number;
  readonly policy: string;
  readonly closedAt: number | undefined;
  readonly closedBy: string | undefined;
  readonly recordDigest: string | undefined;
  readonly problems: readonly SourceProblem[];
  readonly principals: number;
  readonly undecided: number;
  readonly waiting: number;
}

export interface DecideRequest {
  readonly decision: ReviewDecision;
  readonly reason: string;
  /** For narrow: the role that was shown. */
  readonly role?: string | undefined;
}

/** A principal in a review. */
export interface ReviewPlace {
  readonly review: string;
  readonly principal: string;
}

/** Campaigns in which somebody looks at every access and says whether it stays. Nobody can delete one; closed ones go after the years the policy keeps them. */
export interface Reviews {
  /** Begins to gather every principal, and answers at once. `since` reaches back by `identity.reviews.every` where it is not said. */
  create(request: { since?: number | undefined }, operator: string): Promise<ReviewSummary>;
  list(): Promise<readonly ReviewSummary[]>;
  find(id: string): Promise<ReviewSummary | undefined>;
  principals(id: string): Promise<readonly ReviewedPrincipal[]>;
  /** Works out the least role of a key, or runs its history through a role of the policy, and keeps what was shown. */
  propose(about: ReviewPlace, role: string | undefined, operator: string): Promise<Proposal>;
  decide(about: ReviewPlace, request: DecideRequest & { operator: string }): Promise<ReviewedPrincipal>;
  /** Begins to read the sources again, and answers at once: undecided principals get a new snapshot, new keys are added. `since` may leave out what cannot be read. */
  refresh(id: string, request: { since?: number | undefined }, operator: string): Promise<ReviewSummary>;
  /** Only when everything is decided and carried out and every source was read. */
  close(id: string, operator: string): Promise<ReviewSummary>;
  /** Does what is due: starts a campaign, reminds, carries out what waits. Called now and then, and after a policy was loaded. */
  tick(): Promise<void>;
  /** Resolves when every review that gathers has, or was tried. */
  gather(): Promise<void>;
  /** For metrics. */
  status(): ReviewStatus;
  /** What is being gathered is left, and begun anew by the next start. */
  stop(): Promise<void>;
}

export interface ReviewStatus {
  readonly open: number;
  readonly overdue: number;
  readonly undecided: number;
}
