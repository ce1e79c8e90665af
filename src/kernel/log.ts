import type { Clock } from './clock.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Fields of a log line. Values are scalars on purpose: an object passed by mistake (a request, an error with its
 * cause, a principal) could carry a credential or a prompt, and does not compile.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const severity: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };

/**
 * Structured log: one JSON object a line, `at`, `level`, `message`, then the fields. The sink is given, because the
 * kernel does no I/O.
 */
export function createLog(options: { clock: Clock; level: LogLevel; write: (line: string) => void }): Log {
  const { clock, level, write } = options;
  const at = (lineLevel: LogLevel) => (message: string, fields?: LogFields) => {
    if (severity[lineLevel] < severity[level]) return;
    const head = { at: new Date(clock.now()).toISOString(), level: lineLevel, message };
    write(`${JSON.stringify({ ...head, ...fields })}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
