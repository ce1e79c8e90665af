import { createReadStream, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Ask, type Download, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { addCompare, addShow } from './ledger-proofs.ts';
import { addPrune } from './ledger-prune.ts';
import { addVerify } from './ledger-verify.ts';
import { apiCommand, type CommonOptions } from './options.ts';
import { json, styler } from './output.ts';

interface Recorded {
  readonly index: number;
  readonly signed: boolean;
  readonly entry: Readonly<Record<string, unknown>>;
}

interface Page {
  readonly entries: readonly Recorded[];
  readonly next?: string;
}

const pageSize = 1000;

export function addLedger(program: Command, context: CommandContext): void {
  const ledger = program
    .command('ledger')
    .description('the tamper-evident ledger: verify, search, show, export, prune');
  addVerify(ledger, context);
  addSearch(ledger, context);
  addShow(ledger, context);
  addCompare(ledger, context);
  addKey(ledger, context);
  addExport(ledger, context);
  addPrune(ledger, context);
}

interface SearchOptions extends CommonOptions {
  readonly limit: string;
  readonly oldest?: boolean;
  readonly [filter: string]: unknown;
}

const filters = [
  'since',
  'until',
  'kind',
  'actor',
  'source',
  'target',
  'outcome',
  'reason',
  'route',
  'model',
  'role',
  'subject',
] as const;

function addSearch(ledger: Command, context: CommandContext): void {
  const command = apiCommand(ledger, 'search').description('entries that match, newest first');
  command
    .option('--since <time>', '2026-01-31, 2026-01-31T12:00:00Z, or 24h (ago)')
    .option('--until <time>', 'likewise');
  for (const name of filters.slice(2)) command.option(`--${name} <value>`, `only with this ${name}`);
  command
    .option('--oldest', 'oldest first')
    .option('--limit <n>', 'at most so many entries', '100')
    .addHelpText(
      'after',
      '\nExamples:\n  surety ledger search --since 24h --kind call.denied\n  surety ledger search --actor key_3fT… --json | jq .detail\n',
    )
    .action(async (options: SearchOptions) => {
      const query = Object.fromEntries(filters.map((name) => [name, options[name]]));
      const order = options.oldest ? 'oldest' : 'newest';
      await withAdminApi(context, options, async (ask) => {
        for await (const found of pages(ask, { ...query, order }, wholeNumber(options.limit))) {
          context.terminal.out(options.json ? json(found.entry) : `${line(found, context)}\n`);
        }
      });
    });
}

/** Every entry of a search, page by page. */
async function* pages(
  ask: Ask,
  query: Readonly<Record<string, unknown>>,
  wanted: number,
): AsyncGenerator<Recorded> {
  let cursor: string | undefined;
  for (let left = wanted; left > 0; ) {
    const page: Page = await ask<Page>('GET', '/api/ledger/entries', {
      ...query,
      cursor,
      limit: Math.min(left, pageSize),
    });
    yield* page.entries;
    left -= page.entries.length;
    if (page.next === undefined) return;
    cursor = page.next;
  }
}

function line({ index, signed, entry }: Recorded, { terminal }: CommandContext): string {
  const style = styler(terminal);
  const text = (name: string): string => {
    const value = entry[name];
    return typeof value === 'string' ? value : '';
  };
  const outcome = text('outcome');
  const colour =
    outcome === 'denied' || outcome === 'failed'
      ? 'red'
      : outcome === 'allowed' || outcome === 'succeeded'
        ? 'green'
        : 'yellow';
  const about = [text('actor'), text('target'), text('reason')].filter((part) => part !== '').join('  ');
  return `${text('at')}  ${String(index).padStart(7)}${signed ? ' ' : '*'}  ${text('kind').padEnd(15)}  ${style(colour, outcome.padEnd(9))}  ${about}  ${style('dim', text('id'))}`;
}

function addKey(ledger: Command, context: CommandContext): void {
  apiCommand(ledger, 'key')
    .description('the verifier key: with it and the folder anyone can verify the ledger')
    .action(async (options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const state = await ask<{ verifierKey: string }>('GET', '/api/ledger');
        context.terminal.out(
          options.json ? json({ verifierKey: state.verifierKey }) : `${state.verifierKey}\n`,
        );
      });
    });
}

function addExport(ledger: Command, context: CommandContext): void {
  apiCommand(ledger, 'export')
    .description('the entries of a time with their proofs, which can be verified by themselves')
    .option(
      '--since <time>',
      '2026-01-31, 2026-01-31T12:00:00Z, or 24h (ago); default: the beginning',
      '1970-01-01',
    )
    .option('--until <time>', 'likewise; default: now', '0s')
    .option('--out <file>', 'a file that does not exist yet; default: standard output')
    .addHelpText(
      'after',
      '\nExample:\n  surety ledger export --since 2026-01-01 --until 2026-02-01 --out january.jsonl\n  surety ledger verify --export january.jsonl --key "$(surety ledger key)"\n',
    )
    .action(async (options: ExportOptions) => {
      const scratch = options.out === undefined ? mkdtempSync(join(tmpdir(), 'surety-export-')) : undefined;
      try {
        await exportTo(context, options, scratch);
      } finally {
        if (scratch !== undefined) rmSync(scratch, { recursive: true });
      }
    });
}

interface ExportOptions extends CommonOptions {
  readonly since: string;
  readonly until: string;
  readonly out?: string;
}

async function exportTo(
  context: CommandContext,
  options: ExportOptions,
  scratch: string | undefined,
): Promise<void> {
  const { since, until, server } = options;
  // A server may run in another folder than the command.
  const out = scratch === undefined ? resolve(options.out ?? '') : join(scratch, 'export.jsonl');
  const made = await withAdminApi(context, options, (ask, download) =>
    server === undefined
      ? ask<Exported>('POST', '/api/ledger/export', { since, until, out })
      : fetchExport(download, { since, until, out }),
  );
  if (scratch === undefined)
    return context.terminal.out(
      options.json ? json(made) : `${made.entries} entries with their proofs are in ${made.file}.\n`,
    );
  for await (const chunk of createReadStream(out, 'utf8')) context.terminal.out(String(chunk));
}

interface Exported {
  readonly file: string;
  readonly entries: number;
}

/** From a server elsewhere. The file gets its name when all of it has come. */
async function fetchExport(
  download: Download,
  { since, until, out }: { since: string; until: string; out: string },
): Promise<Exported> {
  if (existsSync(out)) throw new Exit(2, `${out} exists already; name a file that does not.`);
  const partial = `${out}.partial`;
  let lines = 0;
  const pieces = await download('/api/ledger/export/download', { since, until });
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      for (const byte of piece) if (byte === lineFeed) lines += 1;
      yield piece;
    }
  }
  try {
    await writeFile(partial, counted(), { mode: 0o600, flush: true });
    renameSync(partial, out);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  // The first line is the head: key, checkpoint and the proof.
  return { file: out, entries: Math.max(0, lines - 1) };
}

const lineFeed = 0x0a;

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Exit(2, '--limit takes a whole number from 1.');
  return Number(text);
}
