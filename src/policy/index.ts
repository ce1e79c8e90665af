/**
 * The policy: text that a person reads aloud, turned into checked values.
 *
 * Guarantees: what is not understood is an error with its place (file:line:column), never ignored; a value that looks like a secret is
 * refused and not repeated; the digest names exactly what was decided by; of the routes that match a path the most specific wins,
 * whatever their order, and a policy in which two could claim a path is refused.
 * Threat: a typo, a duplicate key or a half-written file that silently opens the gate; a secret committed with the policy.
 * Does not: know any section. Each room owns its own, built with `field`, and `app/policy-format.ts` assembles them.
 *
 * Writing a section: `z.strictObject`, every key with `.describe(…)`, defaults as the text a writer would use with `.prefault('10s')`
 * (`.prefault({})` for an object whose keys all have defaults). Records take `field.name()` or `field.modelPattern()` as key; look
 * a caller's text up in them with `Object.hasOwn`.
 */
export {
  type AddressRange,
  type AddressRangeResult,
  canonicalAddress,
  compileAddressRanges,
  forwardedAddress,
  type ListenAddress,
  parseAddressRange,
  parseListenAddress,
} from './addresses.ts';
export { field } from './fields.ts';
export { type Flow, outside, parseFlow } from './flows.ts';
export { definePolicy, type PolicyFormat, type PolicyOf, type PolicyReading } from './format.ts';
export { policyJsonSchema } from './json-schema.ts';
export { alertsSchema, limitSetSchema } from './limit-set.ts';
export {
  comparePatterns,
  compilePathPattern,
  compilePermissions,
  createPathMatcher,
  findModelPattern,
  findPatternTies,
  matchesModel,
  type PathPattern,
  type PatternTie,
  type Permission,
  type PermissionVerb,
} from './matching.ts';
export { placeInPolicy } from './place.ts';
export { unfrozen } from './unfrozen.ts';
export { formatProblem, type Problem } from './problem.ts';
export { policyReference } from './reference.ts';
export type { PolicyPath, PolicySection, ReportProblem } from './section.ts';
export { type SystemPolicy, systemSection } from './system.ts';
export { readPolicyFile, type WatchPolicyOptions, watchPolicy } from './watch.ts';
