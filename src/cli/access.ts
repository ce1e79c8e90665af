import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { type CommonOptions, dataOption, jsonOption, policyOption, serverOptions } from './options.ts';
import { json, styler } from './output.ts';

interface Decision {
  readonly permitted: boolean;
  readonly because: string;
  readonly place?: string;
  readonly path?: string;
  readonly builtInRole?: string;
}

export function addAccess(program: Command, context: CommandContext): void {
  const command = program
    .command('access')
    .description('who may do what')
    .command('explain')
    .description(
      'say whether somebody may do something, and which line of the policy or built-in role decides',
    )
    .argument('<principal>', 'an operator or key by its id, owner, or a role')
    .argument('<action>', '"revoke keys" and the like, or "call /v1/chat/completions"')
    .option('--model <model>', 'for call: the model')
    .addOption(dataOption())
    .addOption(policyOption())
    .addOption(jsonOption());
  for (const option of serverOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExamples:\n  surety access explain auditor "prune ledger"\n  surety access explain key_3fT… "call /v1/chat/completions" --model gpt-5-mini\n\nExit codes: 0 yes, 1 no.\n',
    )
    .action(async (principal: string, action: string, options: CommonOptions & { model?: string }) => {
      await withAdminApi(context, options, async (ask) => {
        const { model } = options;
        const decision = await ask<Decision>('GET', '/api/access', { principal, action, model });
        print(decision, options, context);
        if (!decision.permitted) throw new Exit(1, '');
      });
    });
}

function print(decision: Decision, { json: asJson }: CommonOptions, { terminal }: CommandContext): void {
  if (asJson) return terminal.out(json(decision));
  const style = styler(terminal);
  const { permitted, because, place, path, builtInRole } = decision;
  const answer = permitted ? style(['bold', 'green'], 'yes') : style(['bold', 'red'], 'no');
  terminal.out(`${answer}  ${because}\n`);
  if (place !== undefined) terminal.out(`     ${place} ${path ?? ''}\n`);
  if (builtInRole !== undefined) terminal.out(`     built-in role ${builtInRole}\n`);
}
