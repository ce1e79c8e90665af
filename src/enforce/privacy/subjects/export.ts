import { Fault } from '../../../kernel/index.ts';
import type { RecordedEntry } from '../../../record/index.ts';
import { type CapturedTexts, openCaptured, requireReason } from '../capture/reading.ts';
import { findCaptured, readCapturedHeads } from '../capture/store.ts';
import type { SubjectCase } from '../cases/case.ts';
import type { Cases } from '../cases/cases.ts';
import { createEntries, type KeepingParts } from '../parts.ts';
import { entriesOf, type SubjectAccess } from './holdings.ts';

export const exportParts = ['about', 'captured', 'entries'] as const;
export type ExportPart = (typeof exportParts)[number];

export interface ExportRequest {
  readonly subject: string;
  readonly part: ExportPart;
  /** One of the policy's; for a case it is `subject-request`. */
  readonly reason?: string | undefined;
  readonly case?: string | undefined;
  /** Where the page before ended. */
  readonly after?: string | undefined;
}

export interface ExportedRecord extends CapturedTexts {
  readonly id: string;
  readonly entry: string;
  readonly route: string;
  readonly at: number;
}

/** A piece of an export: bounded, whatever there is of the subject. */
export interface ExportPage {
  readonly about?: { readonly access: SubjectAccess; readonly cases: readonly SubjectCase[] };
  readonly captured?: readonly ExportedRecord[];
  readonly entries?: readonly RecordedEntry[];
  /** Undefined: this part is complete. */
  readonly next: string | undefined;
}

const recordsAtOnce = 50;
const pageBytes = 4 * 1024 * 1024;
const entriesAtOnce = 1000;

/** Everything held of a subject, opened, piece by piece. Each piece is recorded before it is given. */
export function createExport(
  parts: KeepingParts,
  { cases, holdings }: { cases: Cases; holdings: (id: string) => Promise<SubjectAccess> },
) {
  const { store, keys, ledger, policy } = parts;
  const entry = createEntries(parts);

  async function captured(subject: string, after: string | undefined): Promise<ExportPage> {
    const found: ExportedRecord[] = [];
    let bytes = 0;
    const heads = await readCapturedHeads(store, { keyId: subject, after, limit: recordsAtOnce + 1 });
    for (const head of heads.slice(0, recordsAtOnce)) {
      if (bytes > 0 && bytes + head.bytes > pageBytes) return { captured: found, next: found.at(-1)?.id };
      const row = await findCaptured(store, head.id);
      // Swept meanwhile.
      if (!row) continue;
      const { id, entry_id: decision, route, at } = row;
      found.push({ id, entry: decision, route, at, ...(await openCaptured({ keys }, row)) });
      bytes += head.bytes;
    }
    return { captured: found, next: heads.length > recordsAtOnce ? heads[recordsAtOnce - 1]?.id : undefined };
  }

  async function entries(subject: string, after: string | undefined): Promise<ExportPage> {
    const from = after === undefined ? 0 : Number(after);
    if (!Number.isSafeInteger(from) || from < 0)
      throw new Fault('api.invalid', { detail: 'cursor: it is none this API gave.' });
    const found: RecordedEntry[] = [];
    for await (const one of entriesOf(parts, subject, { from, limit: entriesAtOnce })) found.push(one);
    const last = found.at(-1);
    return {
      entries: found,
      next: found.length === entriesAtOnce && last ? String(last.index + 1) : undefined,
    };
  }

  return async (request: ExportRequest, operator: string): Promise<ExportPage> => {
    const { subject, part, case: caseId, after } = request;
    const access = await holdings(subject);
    if (caseId !== undefined) await cases.requireVerified(caseId, subject, ['access', 'portability']);
    const cause = caseId === undefined ? request.reason : 'subject-request';
    if (cause === undefined)
      throw new Fault('api.invalid', { detail: 'reason: say why, or for which case.' });
    if (caseId === undefined) requireReason(policy().data.capture.reasons, cause);
    const page: ExportPage =
      part === 'about'
        ? { about: { access, cases: await cases.of(subject) }, next: undefined }
        : await (part === 'captured' ? captured : entries)(subject, after);
    const count = page.captured?.length ?? page.entries?.length ?? 1;
    const told = entry('subject.exported', {
      actor: operator,
      target: subject,
      detail: { part, count, cause, case: caseId },
    });
    await ledger.append(told);
    if (caseId !== undefined && part === 'captured' && page.next === undefined)
      await cases.noteExport(caseId);
    return page;
  };
}
