import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checkReceipt, commitToName } from '../enforce/privacy/index.ts';
import { Waits, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { breakGlassOption, collect, type CommonOptions, apiCommand } from './options.ts';
import { json, printable, styler, table } from './output.ts';
import { addExport } from './subject-export.ts';
import {
  type Access,
  idOf,
  isSubjectId,
  readName,
  type SubjectOptions,
  subjectCommand,
} from './subject-naming.ts';
import { keyOptionText, readVerifierKeys, warnOfOwnKeys } from './verifier-keys.ts';

interface Erasure {
  readonly id: string;
  readonly subject: string;
  readonly state: string;
  readonly captured: number;
  readonly cases: number;
  readonly begunAt: string;
}

export function addSubjects(program: Command, context: CommandContext): void {
  const subjects = program
    .command('subjects')
    .description('data subjects: what is held of one, taken out, erased');
  addAccess(subjects, context);
  addExport(subjects, context);
  addErase(subjects, context);
  addErasures(subjects, context);
  addReceipt(subjects, context);
}

function addAccess(subjects: Command, context: CommandContext): void {
  const { terminal } = context;
  subjectCommand(subjects, 'access')
    .description('what is held of a data subject, where, and for how long')
    .addHelpText(
      'after',
      '\nExamples:\n  surety subjects access user-4711\n  echo jo@example.com | surety subjects access -\n\nExit code 1: nothing is held under this name.\n',
    )
    .action(async (given: string, options: SubjectOptions) => {
      const name = await readName(given, context);
      const access = await withAdminApi(context, options, async (ask) =>
        ask<Access>('GET', `/api/subjects/${encodeURIComponent(await idOf(ask, name, options))}`),
      );
      if (options.json) return terminal.out(json(access));
      terminal.out(renderAccess(access, context));
    });
}

function renderAccess(
  { id, name, team, knownSince, holdings, holds }: Access,
  { terminal }: CommandContext,
): string {
  const style = styler(terminal);
  const whose = team === undefined ? '' : ` of team ${printable(team)}`;
  const rows = holdings.map(({ where, count, more, firstAt, lastAt, keptForDays }) => [
    where,
    more ? `${count}+` : String(count),
    firstAt?.slice(0, 10) ?? '-',
    lastAt?.slice(0, 10) ?? '-',
    `${Math.round(keptForDays)} days`,
  ]);
  const held = holds.map(
    (hold) => `  ${style('yellow', 'held')} for ${hold.matter} (${hold.id}, ${hold.scope})\n`,
  );
  return `${style('bold', id)} ${printable(name)}${whose}, known since ${knownSince.slice(0, 10)}\n${table([['WHERE', 'COUNT', 'FIRST', 'LAST', 'KEPT FOR'], ...rows])}\n${held.join('')}`;
}

function addErase(subjects: Command, context: CommandContext): void {
  const { terminal } = context;
  subjectCommand(subjects, 'erase')
    .description('erase a data subject, in every backup too; needs a second person')
    .option('--case <id>', 'the verified case of deletion it answers')
    .addOption(breakGlassOption())
    .addHelpText(
      'after',
      '\nExamples:\n  surety subjects erase user-4711 --case case_3fT…\n  surety subjects receipt ers_8aB… --salt … >receipt.json\n\nThe salt it prints is kept nowhere. Hand it to the subject with the receipt: with it, and with nothing else, can be shown whose erasure it was.\nExit code 1: it waits for a second person, or nothing is held under this name.\n',
    )
    .action(async (given: string, options: SubjectOptions & { case?: string }) => {
      const name = await readName(given, context);
      const salt = randomBytes(32).toString('base64url');
      const byId = isSubjectId(name);
      await withAdminApi(context, options, async (ask) => {
        const id = await idOf(ask, name, options);
        // Said before it is asked for: where it has to wait, this is the only time.
        if (!byId) terminal.err(`salt ${salt}\n`);
        const erased = await ask<Erasure>('POST', `/api/subjects/${encodeURIComponent(id)}/erase`, {
          case: options.case,
          ...(!byId && { commitment: commitToName(salt, name) }),
        }).catch((error: unknown) => {
          if (options.json && error instanceof Waits) {
            const { request, expiresAt } = error;
            terminal.out(json({ state: 'waiting', request, expiresAt, ...(!byId && { salt }) }));
          }
          throw error;
        });
        if (options.json) return terminal.out(json({ ...erased, ...(!byId && { salt }) }));
        terminal.out(
          `${erased.subject} is erased (${erased.id}): ${erased.captured} captured records, words in ${erased.cases} cases. surety subjects receipt ${erased.id} gives the receipt.\n`,
        );
      });
    });
}

function addErasures(subjects: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(subjects, 'erasures')
    .description('erasures, by id')
    .action(async (options: CommonOptions) => {
      const { erasures } = await withAdminApi(context, options, (ask) =>
        ask<{ erasures: readonly Erasure[] }>('GET', '/api/erasures', { limit: 1000 }),
      );
      if (options.json) return terminal.out(json(erasures));
      if (erasures.length === 0) return terminal.err('Nobody was erased.\n');
      const rows = erasures.map(({ id, subject, state, begunAt, captured, cases }) => [
        id,
        subject,
        state,
        begunAt.slice(0, 16),
        String(captured),
        String(cases),
      ]);
      terminal.out(`${table([['ID', 'WAS', 'STATE', 'AT', 'CAPTURED', 'CASES'], ...rows])}\n`);
    });
}

interface ReceiptOptions extends CommonOptions {
  readonly salt?: string;
  readonly verify?: string;
  readonly subject?: string;
  readonly key?: readonly string[];
}

function addReceipt(subjects: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(subjects, 'receipt')
    .description('the receipt of an erasure; or check one, offline')
    .argument('[erasure]', 'the id of the erasure (ers_…)')
    .option('--salt <salt>', 'the salt that was shown at the erasure: put into the receipt')
    .option('--verify <file>', 'check a receipt instead: no server, no data folder, only the key')
    .option('--subject <name>', 'with --verify: whose erasure it should be')
    .option('--key <key>', keyOptionText, collect)
    .addHelpText(
      'after',
      '\nExamples:\n  surety subjects receipt ers_8aB… --salt … >receipt.json\n  surety subjects receipt --verify receipt.json --key auditors.key --subject user-4711\n\nExit code 1: the receipt does not hold.\n',
    )
    .action(async (erasure: string | undefined, options: ReceiptOptions) => {
      if ((erasure === undefined) === (options.verify === undefined))
        throw new Exit(2, 'Name an erasure, or a receipt with --verify.');
      if (options.verify !== undefined) return verify(options.verify, options, context);
      const receipt = await withAdminApi(context, options, (ask) =>
        ask<object>('GET', `/api/erasures/${encodeURIComponent(erasure ?? '')}/receipt`),
      );
      const { salt } = options;
      terminal.out(`${JSON.stringify({ ...receipt, ...(salt !== undefined && { salt }) }, undefined, 2)}\n`);
    });
}

async function verify(file: string, options: ReceiptOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const receipt = readReceipt(file);
  const name = options.subject === undefined ? undefined : await readName(options.subject, context);
  const salt = options.salt ?? (receipt as { salt?: string } | null)?.salt;
  if (name !== undefined && salt === undefined)
    throw new Exit(2, 'To say whose erasure it was, the salt is needed: in the receipt, or with --salt.');
  const verdict = checkReceipt({
    receipt,
    verifierKeys: readVerifierKeys(options.key, join(options.data, 'ledger')),
    subject: name === undefined || salt === undefined ? undefined : { name, salt },
  });
  if (options.json) terminal.out(json({ ...verdict, subjectChecked: name !== undefined }));
  if (!verdict.ok) throw new Exit(1, options.json ? '' : verdict.problem);
  if (options.json) return;
  const whose = name === undefined ? '' : ', of this subject';
  terminal.out(
    `verified: erasure ${verdict.erasure} at ${verdict.at}${whose}, entry ${verdict.index} of a ledger of ${verdict.treeSize}\n`,
  );
  warnOfOwnKeys(options.key, terminal);
}

function readReceipt(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    throw new Exit(2, `${file} cannot be read, or is no JSON.`);
  }
}
