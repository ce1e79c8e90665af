import { entryPrefixBytes, segmentHeaderBytes } from '../engine/frames.ts';
import { readSegments, replay, type StoredSegment } from '../engine/journal.ts';
import type { LedgerReader } from '../files.ts';
import type { Report } from './report.ts';

/** The entries the journal still holds, by index; those from the signed size on are not signed yet. */
export interface JournalEntries {
  /** One past the last. */
  readonly end: number;
  get(index: number): Buffer | undefined;
}

/** Reads the journal and says where it is damaged rather than merely cut off by a crash. */
export function checkJournal(reader: LedgerReader, signedSize: number, report: Report): JournalEntries {
  const segments = readSegments(reader);
  for (const segment of segments) checkHeader(reader, segment, report);
  checkReach(segments, signedSize, report);
  const entries = new Map<number, Buffer>();
  for (const { index, data } of replay(segments)) entries.set(index, data.subarray(entryPrefixBytes));
  let end = signedSize;
  while (entries.has(end)) end += 1;
  const last = Math.max(-1, ...entries.keys());
  if (last >= end) report.problem(`The journal holds entry ${last}, but entry ${end} is missing.`);
  return { end, get: (index) => entries.get(index) };
}

/** The header is synced before any frame is written: behind a broken one nothing can stand after a mere crash. */
function checkHeader(reader: LedgerReader, { path, content }: StoredSegment, report: Report): void {
  if (content) return;
  const length = reader.read(path)?.length ?? 0;
  if (length > segmentHeaderBytes) report.problem(`${path} has a broken header.`);
  else report.note(`${path} was begun and never used.`);
}

/** Each segment must reach to where the next begins, and the last to the end of what is signed. */
function checkReach(segments: readonly StoredSegment[], signedSize: number, report: Report): void {
  const readable = segments.filter(({ content }) => content);
  for (const [position, { path, content }] of readable.entries()) {
    if (!content) continue;
    const { header, frames, tornBytes, damaged } = content;
    const end = frames.reduce((index, frame) => index + frame.entries.length, header.start);
    const next = readable[position + 1]?.content?.header.start;
    const reach = next ?? Math.max(header.start, signedSize);
    if (damaged) report.problem(`${path} is damaged after entry ${end}: whole frames follow a broken one.`);
    else if (end < reach)
      report.problem(`${path} is damaged after entry ${end}: it must reach entry ${reach}.`);
    else if (tornBytes > 0) report.note(`${path} ends in ${tornBytes} bytes of an unfinished write.`);
  }
}
