/** What crosses the thread boundary. One query at a time is under way; `id` pairs a reply with its request. */
export interface QueryRequest {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface QueryAnswer {
  readonly rows: readonly object[];
  readonly affectedRows: number;
}

/** SQLite's own words: its messages name tables and columns, never the values of a query. */
export interface QueryFailure {
  readonly message: string;
  /** SQLite's extended result code, where it was SQLite that refused. */
  readonly resultCode?: number;
}

export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly failure: QueryFailure }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: QueryAnswer }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: QueryFailure };

export type WorkerRequest = QueryRequest | 'close';

export interface WorkerOptions {
  readonly file: string;
}
