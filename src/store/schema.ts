/**
 * The tables, in the portable subset both engines share: text ids, millisecond integers, JSON as text. Each table belongs to one
 * room, whose `store.ts` is the only place that reads or writes it.
 */
export interface Database {
  api_keys: ApiKeysTable;
  token_revocations: TokenRevocationsTable;
  withdrawals: WithdrawalsTable;
  issuer_keys: IssuerKeysTable;
  outbox: OutboxTable;
  cursors: CursorsTable;
  pseudonyms: PseudonymsTable;
  usage: UsageTable;
  usage_progress: UsageProgressTable;
  budget_alerts: BudgetAlertsTable;
  reviews: ReviewsTable;
  review_principals: ReviewPrincipalsTable;
  operators: OperatorsTable;
  operator_keys: OperatorKeysTable;
  operator_sessions: OperatorSessionsTable;
  operator_requests: OperatorRequestsTable;
  operator_ties: OperatorTiesTable;
  captured: CapturedTable;
  cases: CasesTable;
  erasures: ErasuresTable;
  legal_holds: LegalHoldsTable;
  installation: InstallationTable;
}

/** Room: store. A row a fact: `id`, `changes`, `clock`. */
export interface InstallationTable {
  name: string;
  text: string | null;
  number: number | null;
}

/** Room: enforce/identity. */
export interface ApiKeysTable {
  id: string;
  /** SHA-256 of the whole key, base64url. */
  hash: string;
  /** The first characters, to recognise a key by; never enough to use it. */
  hint: string;
  name: string;
  owner: string | null;
  role: string;
  /** Null: in no team. */
  team: string | null;
  /** JSON array of CIDR ranges, or null for any address. */
  addresses: string | null;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
  /** The key this one was rotated from. */
  replaces: string | null;
}

/** Room: enforce/identity. Tokens refused before their end: one (`token_id`), of a subject, issued before a time; each for one issuer. */
export interface TokenRevocationsTable {
  id: string;
  issuer: string;
  /** `jti`. */
  token_id: string | null;
  /** The keyed pseudonym of the subject. */
  subject: string | null;
  issued_before: number | null;
  created_at: number;
}

/** Room: enforce/identity. Roles and teams of callers that nobody acts by until they are restored; each once. */
export interface WithdrawalsTable {
  id: string;
  kind: 'role' | 'team';
  name: string;
  created_at: number;
}

/** Room: enforce/identity. The public keys last fetched from an issuer, so that a restart during its outage has them. */
export interface IssuerKeysTable {
  /** The issuer and where its keys stand, as JSON. */
  place: string;
  /** The JWK set as it came. */
  key_set: string;
  fetched_at: number;
}

/** Room: store. Entries on their way to the ledger; `id` is the entry's id. */
export interface OutboxTable {
  id: string;
  entry: string;
  created_at: number;
}

/** Room: record. Where each subscription to the ledger stands. */
export interface CursorsTable {
  name: string;
  next_index: number;
}

/** Room: record. The sealed meaning of pseudonyms; deleting a row is erasing. */
export interface PseudonymsTable {
  pseudonym: string;
  kind: string;
  sealed: string;
  created_at: number;
}

/** Room: enforce/limits. What was used, a row for each UTC day and combination; filled from the ledger. */
export interface UsageTable {
  /** `2026-01-31`. */
  day: string;
  /** A key's id, or a token's pseudonym. */
  key_id: string;
  role: string;
  /** Empty: in no team. */
  team: string;
  route: string;
  operation: string;
  model: string;
  requests: number;
  /** Of the requests: those whose tokens the gate estimated, since the service did not say. */
  estimated: number;
  /** Of the requests: those whose end was lost in a crash; what they had reserved counts as used. */
  unknown: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_nano_usd: number;
}

/** Room: enforce/limits. Which alerts were given: a row each, so that none is given twice. */
export interface BudgetAlertsTable {
  /** As the entry's: `budget.warned`, `budget.stopped`. */
  kind: string;
  scope: string;
  subject: string;
  measure: string;
  per: string;
  /** When the UTC day or month began. */
  window_start: number;
  amount: number;
  percent: number;
}

/** Room: enforce/limits. The first ledger index `usage` has not counted yet; moved in the transaction that counts. */
export interface UsageProgressTable {
  name: string;
  next_index: number;
}

/** Room: enforce/identity. Campaigns of access reviews. */
export interface ReviewsTable {
  id: string;
  created_at: number;
  created_by: string;
  due_at: number;
  /** The span of history it looks at. */
  since: number;
  until: number;
  /** The digest of the policy in force when it was made. */
  policy: string;
  /** JSON: the sources that could not be read in full. */
  problems: string;
  reminded_at: number | null;
  overdue_at: number | null;
  closed_at: number | null;
  closed_by: string | null;
  /** SHA-256 over all principals and decisions, as in the entry of the closing. */
  record_digest: string | null;
  /** Since when it gathers; null where it has. */
  gathering_since: number | null;
}

/** Room: enforce/identity. A principal in a campaign. */
export interface ReviewPrincipalsTable {
  review_id: string;
  principal_id: string;
  kind: string;
  /** JSON: what it was granted and what it used, as of the campaign. Holds no names. */
  snapshot: string;
  /** JSON: the role last shown to the reviewer, and what it would have refused. */
  proposal: string | null;
  decision: string | null;
  target_role: string | null;
  /** The reviewer's words; they stand here and in no entry. */
  reason: string | null;
  decided_by: string | null;
  decided_at: number | null;
  /** When the decision was carried out. */
  applied_at: number | null;
}

/** Room: enforce/identity. People and programs that use the admin API. */
export interface OperatorsTable {
  id: string;
  name: string;
  /** The keyed pseudonym of issuer and subject, for operators that sign in by OIDC; null for those with keys. */
  subject: string | null;
  /** JSON array of roles given here; empty where the roles come from claims. */
  roles: string;
  /** JSON array of the claim values of the last sign-in that the policy may turn into roles. */
  claims: string | null;
  created_at: number;
  disabled_at: number | null;
  /** The operator who created it, or `owner`; null for those of OIDC, who came by themselves. */
  created_by: string | null;
}

/** Room: enforce/identity. */
export interface OperatorKeysTable {
  id: string;
  operator: string;
  /** SHA-256 of the whole key, base64url. */
  hash: string;
  hint: string;
  /** The operator who saw the key when it was made, or who made the key it was made with. */
  issued_by: string;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
}

/** Room: enforce/identity. */
export interface OperatorSessionsTable {
  id: string;
  operator: string;
  /** SHA-256 of the token, base64url. */
  hash: string;
  /** The operator key it began with; null for OIDC. */
  key: string | null;
  started_at: number;
  seen_at: number;
  expires_at: number;
  ended_at: number | null;
}

/** Room: enforce/identity. Acts that a second person approves. Rows stay: they are the record of who said why. */
export interface OperatorRequestsTable {
  id: string;
  asked_by: string;
  /** The permission. */
  act: string;
  /** Method and path pattern. */
  route: string;
  /** JSON, as it was asked. */
  input: string;
  state: string;
  asked_at: number;
  expires_at: number;
  decided_at: number | null;
  decided_by: string | null;
  reason: string | null;
  /** Who issued the key it was asked with, where that was another operator. */
  asked_key_by: string | null;
  /** Who created the operator that asked. */
  asker_made_by: string | null;
  /** JSON array of the permissions it gives to an operator; null where it gives none. */
  confers: string | null;
}

/** Room: enforce/identity. An operator that another one had a hand in; rows stay, whatever becomes of either. */
export interface OperatorTiesTable {
  id: string;
  maker: string;
  made: string;
  /** `created` and `key`: the maker saw a key of it. `roles` and `enabled`: the maker gave it rights. */
  kind: string;
  at: number;
}

/** Room: enforce/privacy. Prompts and answers that a route keeps. */
export interface CapturedTable {
  id: string;
  /** The data key it is sealed under: of its subject, or of its day. */
  key_id: string;
  /** The decision it belongs to. */
  entry_id: string;
  route: string;
  at: number;
  expires_at: number;
  /** Length of `sealed`. */
  bytes: number;
  /** Base64. */
  sealed: string;
}

/** Room: enforce/privacy. Requests of data subjects. No name stands in it: the subject's key has it, and what people wrote is sealed under that. */
export interface CasesTable {
  id: string;
  subject: string;
  kind: string;
  law: string;
  state: string;
  opened_by: string;
  received_at: number;
  due_at: number;
  verified_at: number | null;
  verified_by: string | null;
  /** A word of a closed set. */
  verified_how: string | null;
  extended_at: number | null;
  extended_by: string | null;
  exported_at: number | null;
  ended_at: number | null;
  ended_by: string | null;
  /** Of a refusal: a word of a closed set. */
  ground: string | null;
  reminded_at: number | null;
  overdue_at: number | null;
  /** JSON of what people wrote, sealed, base64; null where nobody did, or it was erased. */
  words: string | null;
}

/** Room: enforce/privacy. Erasures of subjects, also one that a crash broke off. */
export interface ErasuresTable {
  id: string;
  /** The id the subject had; nothing leads from it to anybody any more. */
  subject: string;
  case_id: string | null;
  /** Salted hash of the name; the salt is with the subject. */
  commitment: string | null;
  state: string;
  erased_by: string;
  begun_at: number;
  done_at: number | null;
  captured: number;
  cases: number;
  /** The entry that tells of it. */
  entry_id: string | null;
}

/** Room: enforce/privacy. What must not be destroyed. Rows stay. */
export interface LegalHoldsTable {
  id: string;
  /** `everything`, a class of retention, or a subject. */
  scope: string;
  /** How the matter is called where its file is kept. */
  matter: string;
  held_by: string;
  held_at: number;
  released_by: string | null;
  released_at: number | null;
}
