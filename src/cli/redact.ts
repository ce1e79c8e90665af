import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import {
  type Classifier,
  type ClassifiedFinding,
  createClassifier,
  createPlaceholders,
  type DataSection,
  dataSchema,
  type Placeholders,
  Redactor,
  Restorer,
} from '../enforce/privacy/index.ts';
import { type CommandContext, Exit } from './context.ts';
import { json } from './output.ts';
import { redactBodyOf } from './redact-body.ts';
import { readPlaceholders, writePlaceholders } from './placeholder-file.ts';
import { readAll, readLines, utf8Offsets } from './text-input.ts';

export interface RedactOptions {
  readonly policy?: string;
  readonly ceiling?: string;
  readonly json?: boolean;
  readonly jsonl?: boolean;
  readonly offsets: 'utf-16' | 'utf-8';
  readonly body?: string;
  readonly answer?: boolean;
  readonly events?: boolean;
  readonly check?: boolean;
  readonly pseudonymise?: string;
  readonly restore?: string;
}

/** What one run redacts by. */
export interface Run {
  readonly context: CommandContext;
  readonly options: RedactOptions;
  readonly classifier: Classifier;
  readonly ceiling: number;
  readonly placeholders: Placeholders;
}

export function addRedact(program: Command, context: CommandContext): void {
  program
    .command('redact')
    .description('take personal data and secrets out of a text')
    .argument('[file]', 'the text; default: standard input')
    .option('--policy <file>', 'look for what this policy looks for, in its classes; default: everything')
    .option('--ceiling <class>', 'replace only what is of a higher class; default: everything found')
    .option(
      '--json',
      'answer {text, findings} as JSON; findings have detector, class, confidence, start, end',
    )
    .option('--jsonl', 'read a JSON string a line, answer one such object a line')
    .addOption(
      new Option('--offsets <unit>', 'what start and end count')
        .choices(['utf-16', 'utf-8'])
        .default('utf-16'),
    )
    .option(
      '--body <operation>',
      'the text is a request of this operation (chat.completions, messages, responses …), read as the gate does',
    )
    .option('--answer', 'with --body: the text is an answer, not a request')
    .option('--events', 'with --body: the text is the stream of an answer, the data of one event a line')
    .option('--check', 'print nothing; exit code 1 where something would be replaced')
    .option(
      '--pseudonymise <file>',
      'keep in this file what each placeholder stands for; go on with it where it exists',
    )
    .option('--restore <file>', 'the way back: put values in for the placeholders of this file')
    .addHelpText(
      'after',
      `
Examples:
  surety redact mail.txt
  echo 'call +44 20 7946 0958' | surety redact --json
  surety redact --policy surety.yaml --ceiling internal notes.txt
  surety redact --body chat.completions request.json
  surety redact --pseudonymise names.json in.txt | ask-a-model | surety redact --restore names.json

Text without --json is written as it is read, in bounded memory. The file of --pseudonymise holds the values: keep it as you keep them.
Exit codes: 0 done; 1 with --check something would be replaced, with --body parts could not be read; 2 it could not run.
`,
    )
    .action(async (file: string | undefined, options: RedactOptions) => {
      refuseContradictions(options);
      const chunks = file === undefined ? context.terminal.inputChunks() : createReadStream(file);
      if (options.restore !== undefined) return restore(context, chunks, options.restore);
      const classifier = createClassifier(await dataSection(options.policy, context));
      const run: Run = {
        context,
        options,
        classifier,
        ceiling: rankOfCeiling(classifier, options.ceiling),
        placeholders: createPlaceholders(readPlaceholders(options.pseudonymise)),
      };
      await redact(run, chunks);
      writePlaceholders(options.pseudonymise, run.placeholders);
    });
}

/** Without a policy, one that looks for everything: no other room is read for it, and the command starts in half the time. */
async function dataSection(policy: string | undefined, { rooms }: CommandContext): Promise<DataSection> {
  return policy === undefined ? dataSchema.parse({ detect: 'all' }) : rooms.readDataSection(policy);
}

function refuseContradictions(options: RedactOptions): void {
  const ways = (['jsonl', 'body', 'restore'] as const).filter((name) => options[name] !== undefined);
  if (ways.length > 1) throw new Exit(2, `--${ways.join(' and --')} do not go together.`);
  if (options.restore !== undefined && (options.json || options.check || options.pseudonymise !== undefined))
    throw new Exit(2, '--restore stands alone.');
  if ((options.answer || options.events) && options.body === undefined)
    throw new Exit(2, '--answer and --events say what kind of --body the text is.');
  if (options.events && options.json) throw new Exit(2, '--events answers with events; leave out --json.');
}

function rankOfCeiling({ classes }: Classifier, name: string | undefined): number {
  if (name === undefined) return -1;
  const rank = classes.indexOf(name);
  if (rank < 0) throw new Exit(2, `--ceiling takes one of ${classes.join(', ')}.`);
  return rank;
}

async function redact(run: Run, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const { options } = run;
  if (options.jsonl) return redactLines(run, chunks);
  if (options.body !== undefined) return redactBodyOf(run, chunks, options.body);
  if (options.json) {
    const answer = redactText(run, await readAll(chunks));
    if (!options.check) await run.context.terminal.outAll(json(answer));
    return refuseFound(run, answer.findings);
  }
  await redactStream(run, chunks);
}

async function redactStream(run: Run, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const { options, context } = run;
  let replaced = false;
  const redactor = createRedactor(run, ({ rank }) => (replaced ||= rank > run.ceiling));
  for await (const text of readLines(chunks, { whole: false })) {
    const part = redactor.push(text);
    if (!options.check) await context.terminal.outAll(part);
  }
  const rest = redactor.end();
  if (!options.check) await context.terminal.outAll(rest);
  if (options.check && replaced) throw new Exit(1, '');
}

function createRedactor(run: Run, onFinding: (finding: ClassifiedFinding) => void): Redactor {
  const { classifier, placeholders, ceiling } = run;
  return new Redactor({ classifier, writing: 'text', placeholders, ceiling, onFinding });
}

interface PrintedFinding {
  readonly detector: string;
  readonly class: string;
  readonly confidence: number;
  readonly start: number;
  readonly end: number;
}

function redactText(run: Run, text: string): { text: string; findings: readonly PrintedFinding[] } {
  const findings: ClassifiedFinding[] = [];
  const redactor = createRedactor(run, (finding) => findings.push(finding));
  const redacted = redactor.finish(text);
  const places = findings.flatMap(({ start, end }) => [start, end]);
  const offsets = run.options.offsets === 'utf-8' ? utf8Offsets(text, places) : places;
  const printed = findings.map(
    ({ detector, rank, confidence }, index): PrintedFinding => ({
      detector,
      class: run.classifier.classes[rank] ?? '',
      confidence,
      start: offsets[index * 2] ?? 0,
      end: offsets[index * 2 + 1] ?? 0,
    }),
  );
  return { text: redacted, findings: printed };
}

function refuseFound({ options, classifier, ceiling }: Run, findings: readonly PrintedFinding[]): void {
  const isAbove = (finding: PrintedFinding): boolean => classifier.classes.indexOf(finding.class) > ceiling;
  if (options.check && findings.some(isAbove)) throw new Exit(1, '');
}

/** Each line by itself: the placeholders of one say nothing about the next, unless they are kept in a file. */
async function redactLines(run: Run, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const found: PrintedFinding[] = [];
  let number = 0;
  for await (const line of readLines(chunks, { whole: true })) {
    number++;
    if (line.trim() === '') continue;
    const placeholders = run.options.pseudonymise === undefined ? createPlaceholders() : run.placeholders;
    const answer = redactText({ ...run, placeholders }, stringOfLine(line, number));
    for (const finding of answer.findings) found.push(finding);
    if (!run.options.check) await run.context.terminal.outAll(json(answer));
  }
  refuseFound(run, found);
}

function stringOfLine(line: string, number: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // What is wrong with it could repeat it.
  }
  if (typeof value !== 'string') throw new Exit(2, `line ${number} is not a JSON string.`);
  return value;
}

/** The file is read when all of the text has come: in a pipe, the run that makes it has ended by then. */
async function restore(
  { terminal }: CommandContext,
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): Promise<void> {
  const text = await readAll(chunks);
  const restorer = new Restorer(createPlaceholders(readPlaceholders(file, { mustExist: true })), 'text');
  await terminal.outAll(restorer.push(text) + restorer.end());
}
