import type { Command } from 'commander';
import { type CommandContext, Exit, type ExplainedPolicyView, type PolicyVerdict } from './context.ts';
import { jsonOption } from './options.ts';
import { json, styler } from './output.ts';
import { addReplay } from './policy-replay.ts';

export function addPolicy(program: Command, context: CommandContext): void {
  const policy = program
    .command('policy')
    .description('the policy file: check it, explain it, replay history through it');
  const { rooms, terminal } = context;
  policy
    .command('check')
    .description('say whether a policy holds, and what is wrong where')
    .argument('<file>', 'the policy')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  surety policy check surety.yaml\n\nExit code 1: the policy is not valid.\n',
    )
    .action(async (file: string, options: { json?: boolean }) => {
      const verdict = await rooms.readPolicy(file);
      if (options.json) {
        terminal.out(json({ ok: verdict.ok, digest: verdict.digest, problems: verdict.problems }));
        if (!verdict.ok) throw new Exit(1, '');
        return;
      }
      refuseInvalid(verdict);
      terminal.out(`${file} is valid. Digest ${verdict.digest}\n`);
    });
  policy
    .command('schema')
    .description('print the JSON Schema of the policy, for editors')
    .action(async () => terminal.out(`${JSON.stringify(await rooms.policySchema(), undefined, 2)}\n`));
  policy
    .command('explain')
    .description(
      'print the effective policy: each route and operation, who may call it, which models, under which limits',
    )
    .argument('<file>', 'the policy')
    .addOption(jsonOption())
    .action(async (file: string, options: { json?: boolean }) => {
      const { verdict, policy: explained } = await rooms.explainPolicy(file);
      refuseInvalid(verdict);
      if (explained) terminal.out(options.json ? json(explained) : render(explained, context));
    });
  addReplay(policy, context);
}

function refuseInvalid(verdict: PolicyVerdict): void {
  if (!verdict.ok) throw new Exit(1, verdict.sentences.join('\n'));
}

function render({ addresses, data, routes }: ExplainedPolicyView, { terminal }: CommandContext): string {
  const style = styler(terminal);
  const lines: string[] = [];
  if (addresses.length > 0) lines.push(`Every address: ${addresses.join(', ')}`, '');
  if (data) lines.push(...renderData(data), '');
  for (const route of routes) {
    lines.push(`${style('bold', route.match)}  ${route.wire}, recorded ${route.recorded}`);
    if (route.public) lines.push(`  ${style('yellow', 'PUBLIC: no credential is asked for')}`);
    if (route.observe)
      lines.push(
        `  ${style('yellow', 'OBSERVED: permissions and limits refuse nothing, they are recorded')}`,
      );
    lines.push('  operations', ...route.operations.map((operation) => `    ${operation}`));
    const models = Object.entries(route.models);
    if (models.length > 0)
      lines.push('  models', ...models.map(([model, places]) => `    ${model}: ${places.join(', then ')}`));
    if (route.limits.length > 0) lines.push(`  all calls together: ${route.limits.join(', ')}`);
    if (route.data.length > 0) lines.push('  data', ...route.data.map((text) => `    ${text}`));
    for (const caller of route.callers)
      lines.push(...renderCaller(caller, route.operations.length, models.length));
    if (!route.public && route.callers.length === 0)
      lines.push(`  ${style('yellow', 'no role may call it')}`);
    lines.push('');
  }
  lines.push('Everything else is refused.', '');
  return lines.join('\n');
}

function renderData({ classes, unread, answers }: NonNullable<ExplainedPolicyView['data']>): string[] {
  const named = Object.entries(classes).filter(([, detectors]) => detectors.length > 0);
  return [
    'Looked for in calls, by class:',
    ...named.map(([name, detectors]) => `  ${name}: ${detectors.join(', ')}`),
    `What cannot be read counts as ${unread}. Answers: ${answers}.`,
  ];
}

function renderCaller(
  caller: ExplainedPolicyView['routes'][number]['callers'][number],
  operations: number,
  models: number,
): string[] {
  const which = caller.operations.length === operations ? 'every operation' : caller.operations.join(', ');
  const lines = [`  role ${caller.role} may call ${which}`];
  if (models > 0) lines.push(`    models: ${caller.models.join(', ') || 'none'}`);
  if (caller.eachKey.length > 0) lines.push(`    each key: ${caller.eachKey.join(', ')}`);
  if (caller.together.length > 0) lines.push(`    all keys together: ${caller.together.join(', ')}`);
  return lines;
}
