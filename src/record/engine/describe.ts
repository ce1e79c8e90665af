/** The system's code for what went wrong (`ENOSPC`, `EIO`) with its text: neither holds anything of an entry. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string'
    ? `${error.code}: ${error.message}`
    : error.message;
}
