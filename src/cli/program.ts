import { Command, CommanderError, Help, type Option } from 'commander';
import { asFault, Fault } from '../kernel/index.ts';
import { type CommandContext, Exit } from './context.ts';
import { commonGroup } from './options.ts';
import { styler } from './output.ts';

type AddCommand = (program: Command, context: CommandContext) => void;

/**
 * Every command and the file it stands in, which is read when it is asked for: most commands need few rooms, and a command line that reads all
 * of them takes four times as long to start.
 */
const commands: readonly { readonly names: readonly string[]; load(): Promise<AddCommand> }[] = [
  { names: ['up'], load: async () => (await import('./up.ts')).addUp },
  { names: ['init'], load: async () => (await import('./init.ts')).addInit },
  { names: ['policy'], load: async () => (await import('./policy.ts')).addPolicy },
  { names: ['keys'], load: async () => (await import('./keys.ts')).addKeys },
  { names: ['tokens'], load: async () => (await import('./tokens.ts')).addTokens },
  { names: ['operators'], load: async () => (await import('./operators.ts')).addOperators },
  { names: ['approvals'], load: async () => (await import('./approvals.ts')).addApprovals },
  { names: ['access'], load: async () => (await import('./access.ts')).addAccess },
  { names: ['reviews'], load: async () => (await import('./reviews.ts')).addReviews },
  { names: ['subjects'], load: async () => (await import('./subjects.ts')).addSubjects },
  { names: ['cases'], load: async () => (await import('./cases.ts')).addCases },
  { names: ['captured'], load: async () => (await import('./captured.ts')).addCaptured },
  { names: ['retention'], load: async () => (await import('./retention.ts')).addRetention },
  { names: ['pseudonyms'], load: async () => (await import('./pseudonyms.ts')).addPseudonyms },
  { names: ['secrets'], load: async () => (await import('./secrets.ts')).addSecrets },
  { names: ['usage'], load: async () => (await import('./usage.ts')).addUsage },
  { names: ['scan'], load: async () => (await import('./scan.ts')).addScan },
  { names: ['redact'], load: async () => (await import('./redact.ts')).addRedact },
  { names: ['detectors'], load: async () => (await import('./detectors.ts')).addDetectors },
  { names: ['ledger'], load: async () => (await import('./ledger.ts')).addLedger },
  { names: ['backup', 'restore'], load: async () => (await import('./backup.ts')).addBackup },
];

/** The command that is asked for, or all of them: for help, and for words that are none. The version needs none. */
function commandsFor(argv: readonly string[]): typeof commands {
  const [word] = argv;
  if (word === '--version' || word === '-V') return [];
  const asked = commands.filter(({ names }) => word !== undefined && names.includes(word));
  return asked.length > 0 ? asked : commands;
}

async function createProgram(argv: readonly string[], context: CommandContext): Promise<Command> {
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
  for (const { load } of commandsFor(argv)) (await load())(program, context);
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
    const program = await createProgram(argv, context);
    await program.parseAsync([...argv], { from: 'user' });
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
  const fault = asFault(error);
  if (error instanceof Fault || fault.code !== 'internal') {
    say(sentencesOf(fault));
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
