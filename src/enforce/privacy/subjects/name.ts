/** A team's name and the divider fit beside it where a key keeps its name. */
const longestBytes = 400;

export type NameReading =
  | { readonly ok: true; readonly name: string }
  /** A sentence that does not repeat the text: it may be anything. */
  | { readonly ok: false; readonly problem: string };

/**
 * The name of a data subject as it is kept: bounded, one text for one name (NFC), and none that looks like another by characters nobody sees. Nothing is
 * mended: a caller that sends spaces around a name means something that is not known here.
 */
export function readSubjectName(text: string): NameReading {
  const refuse = (problem: string): NameReading => ({ ok: false, problem });
  if (text === '') return refuse('is empty');
  // Before anything that takes time over it.
  if (text.length > longestBytes) return refuse(`is longer than ${longestBytes} bytes`);
  if (!text.isWellFormed()) return refuse('is not Unicode text');
  const name = text.normalize('NFC');
  if (Buffer.byteLength(name) > longestBytes) return refuse(`is longer than ${longestBytes} bytes`);
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) return refuse('has control, format or unassigned characters');
  if (name.trim() !== name) return refuse('begins or ends with white space');
  return { ok: true, name };
}
