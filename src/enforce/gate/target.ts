/** One pair of service and model that may take a call. */
export interface Target {
  readonly upstream: string;
  /** What the service calls the model; absent: as the caller does, or no model at all. */
  readonly model?: string;
  /** Its share of calls among the targets of one place. */
  readonly weight: number;
}
