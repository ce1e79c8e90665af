import { z } from 'zod';
import type { RawRange } from './engine/messages.ts';
import { createCompactRange } from './tree/compact.ts';
import { hashBytes, leafHash } from './tree/hash.ts';
import { decodeBase64, openNote } from './tree/note.ts';
import { type Range, rangeNodes } from './tree/proofs.ts';

/**
 * A range of the ledger that proves itself: JSON lines, first the checkpoint with the hashes to the left and right of the range, then
 * the entries. With the verifier key, known from elsewhere, that is all one needs.
 */
const format = 'surety-ledger-range-1';

const headSchema = z.strictObject({
  format: z.literal(format),
  /** For finding the key; it proves nothing, because whoever makes an export can write any key. */
  verifierKey: z.string(),
  checkpoint: z.string(),
  begin: z.int().min(0),
  end: z.int().min(0),
  before: z.array(z.string()),
  after: z.array(z.string()),
});

type ExportHead = z.output<typeof headSchema>;

export interface ExportSource {
  readonly verifierKey: string;
  readonly range: Range;
  readonly proof: RawRange;
  read(from: number, limit: number): Promise<readonly string[]>;
}

const entriesAtOnce = 256;

export async function* writeExport({
  verifierKey,
  range,
  proof,
  read,
}: ExportSource): AsyncGenerator<string> {
  const { checkpoint, before, after } = proof;
  const head: ExportHead = {
    format,
    verifierKey,
    checkpoint,
    ...range,
    before: [...before],
    after: [...after],
  };
  yield `${JSON.stringify(head)}\n`;
  for (let from = range.begin; from < range.end; ) {
    const texts = await read(from, Math.min(entriesAtOnce, range.end - from));
    // The entry stands as it was hashed, byte for byte.
    for (const [offset, text] of texts.entries()) yield `{"index":${from + offset},"entry":${text}}\n`;
    from += texts.length;
  }
}

export interface ExportVerification {
  readonly ok: boolean;
  readonly problems: readonly string[];
  /** Entries `begin` to `end`, the end not included, of a tree of `treeSize`. */
  readonly begin: number;
  readonly end: number;
  readonly treeSize: number;
}

/** Checks an export by itself. `lines` come without their line ends, as `readline` gives them. */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  verifierKeys: readonly string[],
): Promise<ExportVerification> {
  let head: ExportHead | undefined;
  const range = createCompactRange();
  let next = 0;
  const fail = (problem: string): ExportVerification => {
    return { ok: false, problems: [problem], begin: head?.begin ?? 0, end: next, treeSize: 0 };
  };
  for await (const line of lines) {
    if (!head) {
      head = parseHead(line);
      if (!head) return fail('The first line is not the head of an export.');
      if (!appendHashes(range, { begin: 0, end: head.begin }, head.before))
        return fail('The hashes before the range are broken.');
      next = head.begin;
      continue;
    }
    const [, index, entry] = /^\{"index":(0|[1-9]\d{0,15}),"entry":(\{.*\})\}$/.exec(line) ?? [];
    if (entry === undefined || Number(index) !== next) return fail(`Entry ${next} is missing or broken.`);
    range.append({ level: 0, index: next, hash: leafHash(Buffer.from(entry)) });
    next += 1;
  }
  if (!head) return fail('The export is empty.');
  if (next !== head.end) return fail(`The export ends at entry ${next} instead of ${head.end}.`);
  const opened = openNote(head.checkpoint, verifierKeys);
  if (!opened.ok) return fail(`The checkpoint cannot be trusted: ${opened.problem}.`);
  const { size: treeSize, root } = opened.head;
  if (head.end > treeSize || head.begin >= head.end)
    return fail('The range does not lie within the checkpoint.');
  if (!appendHashes(range, { begin: head.end, end: treeSize }, head.after))
    return fail('The hashes after the range are broken.');
  if (!range.root().equals(root)) return fail('The entries do not lead to the root hash of the checkpoint.');
  return { ok: true, problems: [], begin: head.begin, end: head.end, treeSize };
}

function parseHead(line: string): ExportHead | undefined {
  try {
    return headSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function appendHashes(
  range: ReturnType<typeof createCompactRange>,
  span: Range,
  hashes: readonly string[],
): boolean {
  const nodes = rangeNodes(span);
  if (nodes.length !== hashes.length) return false;
  return nodes.every((node, position) => {
    const hash = decodeBase64(hashes[position] ?? '');
    if (hash?.length !== hashBytes) return false;
    range.append({ ...node, hash });
    return true;
  });
}
