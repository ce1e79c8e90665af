/** That a finding is let stand: which check, until when, and why. */
export interface Statement {
  readonly check: string;
  /** `2027-01-31`: the last day it counts, in UTC. */
  readonly until: string;
  readonly reason: string;
}

const shape = /^([A-Z]\d\d)\s+until\s+(\d{4}-\d\d-\d\d)\s*:\s*(.+)$/s;
const shortestReason = 10;

/** `P06 until 2027-01-31: the vendor's image runs as root; replaced with 2.0`. Or what is wrong with it. */
export function parseStatement(text: string): Statement | { readonly problem: string } {
  const [, check = '', until = '', reason = ''] = shape.exec(text.trim()) ?? [];
  if (check === '') return { problem: 'write it as "P06 until 2027-01-31: the reason"' };
  if (!isDate(until)) return { problem: `${until} is no date` };
  if (reason.trim().length < shortestReason) return { problem: 'the reason is too short to be one' };
  return { check, until, reason: reason.trim() };
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
