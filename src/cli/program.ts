import { Command, CommanderError, Help, type Option } from 'commander';
import { Fault } from '../kernel/index.ts';
import { addAccess } from './access.ts';
import { addApprovals } from './approvals.ts';
import { addBackup } from './backup.ts';
import { addCaptured } from './captured.ts';
import { addCases } from './cases.ts';
import { type CommandContext, Exit } from './context.ts';
import { addInit } from './init.ts';
import { addKeys } from './keys.ts';
import { addLedger } from './ledger.ts';
import { addPseudonyms } from './pseudonyms.ts';
import { addRetention } from './retention.ts';
import { addReviews } from './reviews.ts';
import { addSecrets } from './secrets.ts';
import { addSubjects } from './subjects.ts';
import { addOperators } from './operators.ts';
import { commonGroup } from './options.ts';
import { styler } from './output.ts';
import { addPolicy } from './policy.ts';
import { addDetectors } from './detectors.ts';
import { addRedact } from './redact.ts';
import { addTokens } from './tokens.ts';
import { addUp } from './up.ts';
import { addUsage } from './usage.ts';

/** Every command. */
function createProgram(context: CommandContext): Command {
  const { terminal, rooms } = context;
  const program = new Command('surety')
    .description(
      'Makes the security policy of an AI platform run: enforces, records, verifies, responds and proves.',
    )
    .version(rooms.version)
    .showHelpAfterError('(surety COMMAND --help says more)')
    .showSuggestionAfterError()
    .configureHelp({ groupItems: commonLast })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the answer is no (not verified, not valid, not found), 2 it could not run.\n',
    );
  const commands = [
    addUp,
    addInit,
    addPolicy,
    addKeys,
    addTokens,
    addOperators,
    addApprovals,
    addAccess,
    addReviews,
    addSubjects,
    addCases,
    addCaptured,
    addRetention,
    addPseudonyms,
    addSecrets,
    addUsage,
    addRedact,
    addDetectors,
    addLedger,
    addBackup,
  ];
  for (const add of commands) add(program, context);
  inheritOverrides(program);
  return program;
}

/** What a command takes by itself stands before what all of them take. */
function commonLast<Item extends Command | Option>(
  items: Item[],
  visible: Item[],
  groupOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = Help.prototype.groupItems(items, visible, groupOf);
  const common = groups.get(commonGroup);
  if (common && groups.delete(commonGroup)) groups.set(commonGroup, common);
  return groups;
}

/** commander hands settings down only to commands made after them. */
function inheritOverrides(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritOverrides(child);
  }
}

/** Runs one command; gives the exit code. Never throws. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // Help and version end this way too, with code 0; everything else commander says is a wrong call.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return complain(error, context);
  }
}

function complain(error: unknown, { terminal }: CommandContext): number {
  const style = styler(terminal);
  const say = (sentence: string): void => {
    if (sentence !== '') terminal.err(`${style('red', 'surety:')} ${sentence}\n`);
  };
  if (error instanceof Exit) {
    say(error.message);
    return error.code;
  }
  if (error instanceof Fault) {
    say(sentencesOf(error));
    return 2;
  }
  const { name = 'Error', message = '' } = error instanceof Error ? error : {};
  say(`something went wrong that has no name yet (${name}: ${message}). Please report it.`);
  return 2;
}

/** A detail of several lines (the problems of a policy) stands on lines of its own, and what to do comes last. */
function sentencesOf({ message, detail = '', action }: Fault): string {
  if (!detail.includes('\n')) return `${message} ${action}`;
  const title = message.slice(0, -detail.length).trimEnd();
  const lines = detail.trim().split('\n');
  return [title, ...lines.map((line) => `  ${line}`), action].join('\n');
}
