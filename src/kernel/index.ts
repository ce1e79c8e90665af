/**
 * The kernel: words every room speaks. Faults, time, quantities, ids, secrets that do not print, the log's shape.
 * It does no I/O and holds no state of its own.
 */
export { type Clock, createManualClock, type ManualClock, systemClock } from './clock.ts';
export { asFault, Fault, type FaultCode, type FaultOptions, faultTable } from './faults.ts';
export { createUuidFactory, encodeBase62, randomId, uuidTime } from './ids.ts';
export { createLog, type Log, type LogFields, type LogLevel, silentLog } from './log.ts';
export {
  formatDuration,
  formatRate,
  formatSize,
  formatUsd,
  isRolling,
  nanoUsdPerUsd,
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
