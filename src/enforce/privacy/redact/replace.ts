import type { StretchFinding } from '../scan/finder.ts';
import type { Writing } from '../scan/view.ts';
import type { Placeholders } from './placeholders.ts';

/** What stands instead of a finding in a text of the writing. */
export function placeholderFor(
  { detector, value, bare }: Pick<StretchFinding, 'detector' | 'value' | 'bare'>,
  { asWritten, writing, placeholders }: { asWritten: string; writing: Writing; placeholders: Placeholders },
): string {
  // What stood in a JSON string is kept as it reads, to be written again wherever it is restored.
  const reads = writing === 'json' ? readJsonText(asWritten) : asWritten;
  const placeholder = placeholders.placeholderOf(detector, value, reads);
  return bare ? `"${placeholder}"` : placeholder;
}

/** A piece of the inside of a JSON string as it reads; itself where it is not one. */
function readJsonText(written: string): string {
  if (!written.includes('\\')) return written;
  try {
    return JSON.parse(`"${written}"`) as string;
  } catch {
    return written;
  }
}
