/** Who uses the admin API, as its handlers see them. Holds no credential. */
export interface Operator {
  /** `opr_…`, or `owner` for the owner of the data folder; stands in entries as the actor. */
  readonly id: string;
  readonly kind: 'socket' | 'key' | 'session';
  readonly roles: readonly string[];
  readonly name?: string;
  /** Of a session: its id, never its token. */
  readonly sessionId?: string;
  /** Who issued the key in use, or the key its session began with, where that was another operator. */
  readonly issuedBy?: string;
}

/** Whoever can open the socket of the data folder, or the folder itself without a server. */
export const socketOperator: Operator = { id: 'owner', kind: 'socket', roles: ['owner'] };
