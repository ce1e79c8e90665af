import { type FaultCode, faultTable } from './fault-table.ts';

export interface FaultOptions {
  /** What varies, safe to show to the caller. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failure with a stable code. Anything else that is thrown leaves Surety as the fixed text of `internal`. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, options: FaultOptions = {}) {
    const title = faultTable[code].title;
    super(options.detail ? `${title} ${options.detail}` : title, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return faultTable[this.code].status;
  }

  get action(): string {
    return faultTable[this.code].action;
  }
}

const ofSystem: Readonly<Record<string, FaultCode>> = {
  ENOSPC: 'disk.full',
  EDQUOT: 'disk.full',
  EFBIG: 'disk.full',
  EIO: 'disk.failing',
  EROFS: 'disk.read-only',
  EACCES: 'disk.forbidden',
  EPERM: 'disk.forbidden',
  EMFILE: 'files.too-many',
  ENFILE: 'files.too-many',
  ENOENT: 'files.missing',
  ENOTDIR: 'files.missing',
};
const ofNetwork = /^(?:connect|listen|bind|accept|getaddrinfo|query\w*|socket|kill|spawn.*)$/;

/** A failed operation on a file, by what the system said. The file is named by its last two names: faults leave the machine. */
function ofFile(thrown: unknown): Fault | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return undefined;
  const [code, syscall] = [String(thrown.code), String(thrown.syscall)];
  const fault = Object.hasOwn(ofSystem, code) ? ofSystem[code] : undefined;
  if (fault === undefined || ofNetwork.test(syscall)) return undefined;
  const path = 'path' in thrown ? String(thrown.path).split('/').slice(-2).join('/') : '';
  const detail = path === '' ? `${syscall}: ${code}.` : `${path} (${syscall}: ${code}).`;
  return new Fault(fault, { detail, cause: thrown });
}

/** What was thrown, as a Fault: failed operations on files by what the system said; what is unknown becomes `internal`, its text kept only as the cause. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return ofFile(thrown) ?? new Fault('internal', { cause: thrown });
}
