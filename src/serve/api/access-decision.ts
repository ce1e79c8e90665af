/** Whether a principal may do something, and what decides. */
export interface AccessDecision {
  readonly permitted: boolean;
  /** In a sentence. */
  readonly because: string;
  /** The line of the policy: `surety.yaml:12:7`. */
  readonly place?: string;
  /** `identity.roles.developer.may[0]`. */
  readonly path?: string;
  /** The built-in role that decides, where no line does. */
  readonly builtInRole?: string;
}
