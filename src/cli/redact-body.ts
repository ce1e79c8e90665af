import { bodyReadingOf, EventFilter, inspectBody, type Unread } from '../enforce/privacy/index.ts';
import { type JsonObject, parseStrictJson } from '../kernel/index.ts';
import { Exit } from './context.ts';
import { json } from './output.ts';
import type { Run } from './redact.ts';
import { readAll, readLines } from './text-input.ts';

const deepestBody = 64;

/** A request, an answer or the events of one, read as the gate reads them. */
export async function redactBodyOf(
  run: Run,
  chunks: AsyncIterable<Uint8Array>,
  operation: string,
): Promise<void> {
  if (run.options.events) return redactEvents(run, chunks, operation);
  const { context, classifier, ceiling, placeholders, options } = run;
  const text = await readAll(chunks);
  const direction = options.answer ? 'answer' : 'request';
  const inspection = inspectBody(classifier, {
    reading: bodyReadingOf(operation),
    direction,
    document: readDocument(text, 'The body'),
    text,
  });
  if (!inspection.ok) throw inspection.error;
  if (options.pseudonymise !== undefined) inspection.reserveIn(placeholders);
  const redacted = inspection.redact(ceiling, placeholders);
  if (options.json && !options.check) {
    const findings = inspection.findings.map(({ path, rank, ...finding }) => ({
      path: path.join('.'),
      ...finding,
      class: classifier.classes[rank],
    }));
    await context.terminal.outAll(
      json({ text: redacted, findings, unread: inspection.unread.map(printUnread) }),
    );
  } else if (!options.check) await context.terminal.outAll(redacted);
  if (options.check && inspection.findings.some(({ rank }) => rank > ceiling)) throw new Exit(1, '');
  refuseUnread(inspection.unread);
}

async function redactEvents(run: Run, chunks: AsyncIterable<Uint8Array>, operation: string): Promise<void> {
  const { context, classifier, ceiling, placeholders, options } = run;
  let replaced = false;
  const onFinding = ({ rank }: { readonly rank: number }): void => void (replaced ||= rank > ceiling);
  const { event: read } = bodyReadingOf(operation);
  if (!read) throw new Exit(2, `Nothing is known of a stream of ${operation}.`);
  const redact = { classifier, placeholders, ceiling, onFinding, onText() {} };
  const events = new EventFilter(read, { redact, restore: undefined });
  const unread: Unread[] = [];
  const write = async (data: readonly string[]): Promise<void> => {
    if (!options.check) for (const event of data) await context.terminal.outAll(`${event}\n`);
  };
  let number = 0;
  for await (const line of readLines(chunks, { whole: true })) {
    number++;
    if (line.trim() === '') continue;
    const event = events.push(readDocument(line, `Line ${number}`), line);
    unread.push(...event.unread);
    await write(event.data);
  }
  await write(events.end());
  if (options.check && replaced) throw new Exit(1, '');
  refuseUnread(unread);
}

function readDocument(text: string, what: string): JsonObject {
  const parsed = parseStrictJson(Buffer.from(text), deepestBody);
  if (!parsed.ok) throw new Exit(2, `${what} cannot be read: ${parsed.problem}.`);
  const document = parsed.value;
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new Exit(2, `${what} must be a JSON object.`);
  return document as JsonObject;
}

const printUnread = ({ path, what }: Unread): { path: string; what: string } => ({
  path: path.join('.'),
  what,
});

const mostNamed = 10;

function refuseUnread(unread: readonly Unread[]): void {
  if (unread.length === 0) return;
  const places = unread.slice(0, mostNamed).map(({ path, what }) => `${path.join('.')} (${what})`);
  throw new Exit(1, `${unread.length} parts could not be read and stand as they were: ${places.join(', ')}.`);
}
