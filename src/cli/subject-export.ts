import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { type Ask, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { type Access, idOf, readName, type SubjectOptions, subjectCommand } from './subject-naming.ts';

interface ExportOptions extends SubjectOptions {
  readonly out?: string;
  readonly reason?: string;
  readonly case?: string;
}

interface Page {
  readonly about?: Access;
  readonly cases?: readonly unknown[];
  readonly captured?: readonly unknown[];
  readonly entries?: readonly unknown[];
  readonly next?: string;
}

export function addExport(subjects: Command, context: CommandContext): void {
  subjectCommand(subjects, 'export')
    .description('everything held of a data subject, opened, as one JSON document')
    .option('--out <file>', 'a file that does not exist yet, for you alone; default: standard output')
    .option('--case <id>', 'the verified case of access or portability it answers')
    .option('--reason <reason>', 'without a case: one of the reasons the policy has (data.capture.reasons)')
    .addHelpText(
      'after',
      '\nExample:\n  surety subjects export user-4711 --case case_3fT… --out user-4711.json\n\nPages are written as they come: the document may be larger than memory.\n',
    )
    .action(async (given: string, options: ExportOptions) => {
      const name = await readName(given, context);
      const sink = options.out === undefined ? toTerminal(context) : toFile(options.out);
      try {
        await withAdminApi(context, options, async (ask) => {
          const id = await idOf(ask, name, options);
          for await (const piece of documentOf(ask, id, options)) sink.write(piece);
        });
        sink.done();
      } catch (error) {
        sink.drop();
        throw error;
      }
    });
}

/** The document, piece by piece. What is broken off is no JSON, so that nobody takes a part for the whole. */
async function* documentOf(ask: Ask, id: string, options: ExportOptions): AsyncGenerator<string> {
  const { reason, case: caseId } = options;
  const get = (part: string, cursor?: string): Promise<Page> =>
    ask<Page>('POST', `/api/subjects/${encodeURIComponent(id)}/export`, {
      part,
      reason,
      case: caseId,
      cursor,
    });
  const { about, cases } = await get('about');
  const head = {
    format: 'surety-subject-export-1',
    exportedAt: new Date().toISOString(),
    subject: about,
    cases,
  };
  yield JSON.stringify(head).slice(0, -1);
  for (const part of ['captured', 'entries'] as const) {
    yield `,\n"${part}":[`;
    let divide = '\n';
    let cursor: string | undefined;
    do {
      const page = await get(part, cursor);
      for (const item of page[part] ?? []) {
        yield `${divide}${JSON.stringify(item)}`;
        divide = ',\n';
      }
      cursor = page.next;
    } while (cursor !== undefined);
    yield ']';
  }
  yield '}\n';
}

interface Sink {
  write(text: string): void;
  done(): void;
  /** What was written is no export. */
  drop(): void;
}

function toTerminal({ terminal }: CommandContext): Sink {
  return { write: terminal.out, done() {}, drop() {} };
}

/** The file has its name when it is whole. */
function toFile(file: string): Sink {
  const claim = (path: string): number => {
    try {
      return openSync(path, 'wx', 0o600);
    } catch {
      throw new Exit(2, `${path} exists already, or cannot be written; name a file that does not.`);
    }
  };
  closeSync(claim(file));
  const partial = `${file}.partial`;
  const handle = claim(partial);
  return {
    write: (text) => void writeSync(handle, text),
    done() {
      closeSync(handle);
      renameSync(partial, file);
    },
    drop() {
      closeSync(handle);
      rmSync(partial, { force: true });
      rmSync(file, { force: true });
    },
  };
}
