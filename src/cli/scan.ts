import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { systemClock } from '../kernel/index.ts';
import type { SystemPolicy } from '../policy/index.ts';
import {
  type Check,
  checks,
  defaultVerify,
  findRenderer,
  formatJson,
  formatJunit,
  formatMarkdown,
  formatSarif,
  formatText,
  isAtLeast,
  largestFileBytes,
  type Mended,
  mendFiles,
  newestVersion,
  permissionRows,
  type Report,
  reachRows,
  scan,
  settingsOf,
  severities,
  type Severity,
  standardInput,
  type VerifyPolicy,
} from '../verify/posture/index.ts';
import { type CommandContext, Exit } from './context.ts';
import { json, printable, styler, table } from './output.ts';

const formats = ['text', 'json', 'sarif', 'junit', 'markdown'] as const;

interface ScanOptions {
  readonly policy?: string;
  readonly format: (typeof formats)[number];
  readonly failOn?: Severity | 'never';
  readonly only?: 'secrets';
  readonly kubernetes?: string;
  readonly fix?: boolean;
  readonly reach?: boolean;
  readonly rbac?: boolean;
  readonly explain?: string;
}

export function addScan(program: Command, context: CommandContext): void {
  program
    .command('scan')
    .description(
      'judge manifests before they are deployed: what each finding is, why it matters, how to mend it',
    )
    .argument(
      '[paths...]',
      'files and folders, - for standard input; default: what the policy names (verify.scan)',
    )
    .option('--policy <file>', 'a policy whose verify section says what is allowed')
    .addOption(new Option('--format <format>', 'how to report').choices(formats).default('text'))
    .addOption(
      new Option(
        '--fail-on <severity>',
        'the least severity that ends with exit code 1; default: low',
      ).choices([...severities, 'never']),
    )
    .addOption(
      new Option('--only <what>', 'search the files for credentials and look at nothing else').choices([
        'secrets',
      ]),
    )
    .option('--kubernetes <version>', `the version of Kubernetes to judge by; default: 1.${newestVersion}`)
    .option(
      '--fix',
      'make the changes that ordinary workloads do not notice in the files themselves; report the rest',
    )
    .option('--reach', 'print who reaches whom by the network policies, instead of findings')
    .option('--rbac', 'print what every subject may do by the bindings, instead of findings')
    .option('--explain <check>', 'tell about one check, with a bad and a good example')
    .addHelpText(
      'after',
      `
Examples:
  surety scan k8s/
  surety scan --policy surety.yaml --format sarif > surety.sarif
  docker compose config | surety scan -
  helm template chart/ | surety scan --kubernetes 1.33 -
  surety scan --fix k8s/ && git diff
  surety scan --only secrets .
  surety scan --explain P06

Exit codes: 0 nothing at or above the threshold, 1 findings at or above it, 2 something could not be evaluated.
`,
    )
    .action(async (paths: string[], options: ScanOptions) => {
      if (options.explain !== undefined) return explain(options.explain, context);
      await run(paths, options, context);
    });
}

async function run(given: readonly string[], options: ScanOptions, context: CommandContext): Promise<void> {
  const { verify: policy, system } = await readPolicy(options, context);
  const base = options.policy === undefined ? '.' : dirname(options.policy);
  const paths = given.length > 0 ? given : policy.scan.map((path) => resolve(base, path));
  if (paths.length === 0)
    throw new Exit(2, 'Say what to look at: surety scan PATH…, or name it in the policy (verify.scan).');
  const settings = settingsOf(policy, { today: today(), system, policyFile: options.policy });
  const input = paths.includes(standardInput) ? await readInput(context) : undefined;
  const means = {
    input,
    renderer: findRenderer(context.rooms.searchPath),
    onlySecrets: options.only === 'secrets',
  };
  const scanned = scan(paths, settings, means);
  const { cluster, mends } = scanned;
  let { report } = scanned;
  if (options.reach || options.rbac)
    return view(options.reach ? reachRows(cluster) : permissionRows(cluster), { options, report, context });
  if (options.fix && mends.length > 0) {
    context.terminal.err(mendedText(mendFiles(mends, report)));
    ({ report } = scan(paths, settings, means));
  }
  context.terminal.out(render(report, options.format, context));
  end(report, options.failOn ?? policy.failOn, options.only === 'secrets');
}

async function readPolicy(
  { policy, kubernetes }: ScanOptions,
  { rooms }: CommandContext,
): Promise<{ verify: VerifyPolicy; system: SystemPolicy | undefined }> {
  const read = policy === undefined ? undefined : await rooms.readVerifyPolicy(policy);
  if (read && !read.verdict.ok) throw new Exit(2, read.verdict.sentences.join('\n'));
  const { verify = defaultVerify, system } = read ?? {};
  if (kubernetes === undefined) return { verify, system };
  if (!/^1\.\d{1,2}$/.test(kubernetes))
    throw new Exit(2, `--kubernetes takes a version such as 1.33, not ${kubernetes}.`);
  return { verify: { ...verify, kubernetes }, system };
}

/** All of it, or one byte more than is looked at, which the scan then says. */
async function readInput({ terminal }: CommandContext): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of terminal.inputChunks()) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > largestFileBytes) break;
  }
  return Buffer.concat(chunks);
}

const today = (): string => new Date(systemClock.now()).toISOString().slice(0, 10);

/** Like the lines of a diff; on standard error, so that a report in another format stays one. */
function mendedText(mended: readonly Mended[]): string {
  const byFile = Map.groupBy(mended, ({ finding }) => finding.file);
  const blocks = [...byFile].map(([file, own]) => {
    const lines = own.map(({ finding: { line, check }, change, left }) =>
      printable(
        left === undefined
          ? `  + ${line}  ${check}  ${change}`
          : `    ${line}  ${check}  left as it is: ${left}`,
      ),
    );
    return [printable(file), ...lines, ''].join('\n');
  });
  const made = mended.filter(({ left }) => left === undefined).length;
  return `${blocks.join('\n')}\n${made} mended, ${mended.length - made} left as they are.\n`;
}

interface View {
  readonly options: ScanOptions;
  readonly report: Report;
  readonly context: CommandContext;
}

/** Rows as a table, or as JSON. What could not be read may hold more of them, so that ends as a scan does. */
function view(rows: readonly object[], { options, report, context: { terminal } }: View): void {
  const cells = rows.map((row) => Object.values(row).map((value) => printable(String(value))));
  const head = Object.keys(rows[0] ?? {}).map((name) => name.toUpperCase());
  terminal.out(
    options.format === 'json' ? json(rows) : `${rows.length === 0 ? 'Nothing.' : table([head, ...cells])}\n`,
  );
  if (report.notEvaluated.some(({ failed }) => failed))
    throw new Exit(2, 'Some files could not be evaluated; surety scan names them.');
}

function render(report: Report, format: ScanOptions['format'], { terminal, rooms }: CommandContext): string {
  switch (format) {
    case 'json':
      return formatJson(report);
    case 'sarif':
      return formatSarif(report, { checks, base: process.cwd(), version: rooms.version });
    case 'junit':
      return formatJunit(report);
    case 'markdown':
      return formatMarkdown(report);
    case 'text':
      return formatText(report, styler(terminal));
    default:
      return format satisfies never;
  }
}

/** What could not be evaluated weighs more than what was found: nobody knows what is in it. */
function end(
  { searched, evaluated, findings, notEvaluated }: Report,
  threshold: Severity | 'never',
  onlySecrets: boolean,
): void {
  if (notEvaluated.some(({ failed }) => failed)) throw new Exit(2, '');
  if ((onlySecrets ? searched : evaluated.length) === 0)
    throw new Exit(2, 'Nothing was evaluated: no file holds anything that surety scan knows.');
  if (threshold !== 'never' && findings.some(({ severity }) => isAtLeast(severity, threshold)))
    throw new Exit(1, '');
}

function explain(id: string, { terminal }: CommandContext): void {
  const check = checks.find((one) => one.id === id.toUpperCase());
  if (!check)
    throw new Exit(1, `There is no check ${id}; the checks are ${checks.map((one) => one.id).join(', ')}.`);
  const style = styler(terminal);
  terminal.out(`${explanation(check, (text) => style('bold', text))}\n`);
}

function explanation(check: Check, bold: (text: string) => string): string {
  const { id, title, severity, why, fix, references, example } = check;
  const indent = (text: string): string => text.trimEnd().replace(/^/gm, '    ');
  return [
    `${bold(`${id}  ${title}`)}  (${severity})`,
    '',
    why,
    '',
    bold('How to mend it'),
    fix,
    '',
    bold('Bad'),
    indent(example.bad),
    '',
    bold('Good'),
    indent(example.good),
    '',
    bold('References'),
    ...references.map(({ standard, edition, id: place }) => `${standard} (${edition}): ${place}`),
  ].join('\n');
}
