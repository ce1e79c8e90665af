/**
 * A value as a spreadsheet may take it. What begins like a formula would be run by the one who opens the file, and models are named by
 * callers: such a text gets an apostrophe before it, as OWASP says (CSV Injection).
 */
function guarded(text: string): string {
  return /^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
}

function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = guarded(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180: CRLF, quotes where they are needed. Texts that a spreadsheet would run are guarded. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}
