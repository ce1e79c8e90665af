/**
 * The kernel: words every room speaks. Faults, time, quantities, ids, secrets that do not print, the log's shape.
 * It does no I/O and holds no state of its own.
 */
export { addressSubject, networkSubject } from './address.ts';
export { createBoundedMap } from './bounded-map.ts';
export { type Clock, createTimestamps, systemClock } from './clock.ts';
export { type FaultCode, faultTable } from './fault-table.ts';
export { createFailureCounter, type FailureCounter, type FailureRate } from './failure-counter.ts';
export { asFault, Fault, type FaultOptions } from './faults.ts';
export { createUuidFactory, encodeBase62, randomId, uuidTime } from './ids.ts';
export {
  type JsonBounds,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  readMember,
  type StrictJson,
  withFirstMember,
  withMember,
} from './json.ts';
export { findMemberSpans, type JsonPath, type MemberSpan } from './json-spans.ts';
export { createLog, type Log, type LogFields, type LogLevel, silentLog } from './log.ts';
export {
  formatDuration,
  formatRate,
  formatUsd,
  isRolling,
  parseDuration,
  parseMoneyRate,
  parsePrice,
  parseRate,
  parseSize,
  type Rate,
  type RateWindow,
  rollingWindowMs,
} from './quantities.ts';
export { Secret } from './secret.ts';
