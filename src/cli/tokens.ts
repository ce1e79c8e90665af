import type { Command } from 'commander';
import { everyPage, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit, type TokenInspectionView } from './context.ts';
import { apiCommand, type CommonOptions, dataOption, jsonOption, policyOption } from './options.ts';
import { json, type Styler, styler, table } from './output.ts';

interface Revocation {
  readonly id: string;
  readonly issuer: string;
  readonly kind: string;
  readonly tokenId?: string;
  readonly subject?: string;
  readonly issuedBefore?: string;
  readonly createdAt: string;
}

export function addTokens(program: Command, context: CommandContext): void {
  const tokens = program.command('tokens').description('signed tokens of callers: inspect, revoke');
  addInspect(tokens, context);
  addRevoke(tokens, context);
  addRevocations(tokens, context);
  addRestore(tokens, context);
}

function addInspect(tokens: Command, context: CommandContext): void {
  tokens
    .command('inspect')
    .description('say what the gate would make of a token, step by step; asks no network and no server')
    .argument(
      '<token>',
      'the token; - reads it from standard input, which keeps it out of the history of the shell',
    )
    .addOption(policyOption())
    .option('--keys <file>', 'a file with the key set of the issuer, where the policy names none')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 it would be accepted, 1 refused, 2 undecided, since the signature could not be checked.\n' +
        'Revocations are not looked at; surety tokens revocations lists them.\n' +
        '\nExamples:\n  pbpaste | surety tokens inspect - --policy surety.yaml\n' +
        '  surety tokens inspect - --policy surety.yaml --keys jwks.json <token.txt\n',
    )
    .action(async (given: string, options: CommonOptions & { keys?: string }) => {
      const token = (given === '-' ? await context.terminal.input() : given).trim();
      const inspection = await context.rooms.inspectToken({
        token,
        policyFile: options.policy,
        dataFolder: options.data,
        keysFile: options.keys,
      });
      printInspection(context, inspection, options);
      if (inspection.accepted === 'no') throw new Exit(1, '');
      if (inspection.accepted === 'unknown') throw new Exit(2, '');
    });
}

const colours = { ok: 'green', refused: 'red', unknown: 'yellow', 'not reached': 'dim' } as const;

function printInspection(
  { terminal }: CommandContext,
  inspection: TokenInspectionView,
  options: CommonOptions,
): void {
  if (options.json) return terminal.out(json(inspection));
  const style = styler(terminal);
  const widest = Math.max(...inspection.steps.map(({ step }) => step.length));
  for (const { step, result, says } of inspection.steps)
    terminal.out(
      `${step.padEnd(widest)}  ${style(colours[result], result.padEnd(11))}  ${says}`.trimEnd() + '\n',
    );
  terminal.out(`${verdict(inspection, style)}\n`);
}

function verdict({ accepted, reason, roles, team, expiresAt }: TokenInspectionView, style: Styler): string {
  if (accepted === 'no') return style('red', `Refused: ${reason ?? ''}`);
  const facts = [
    `as ${roles?.join(', ') || 'no role'}`,
    ...(team === undefined ? [] : [`team ${team}`]),
    ...(expiresAt === undefined ? [] : [`until ${expiresAt}`]),
  ].join(', ');
  if (accepted === 'unknown') return style('yellow', `Accepted if the signature verifies: ${facts}.`);
  return style('green', `Accepted: ${facts}.`);
}

function addRevoke(tokens: Command, context: CommandContext): void {
  apiCommand(tokens, 'revoke')
    .description('refuse tokens before their end, at once; answers under way are cut')
    .requiredOption('--issuer <issuer>', 'the issuer, as in the policy')
    .option('--token-id <jti>', 'one token, by its id (jti)')
    .option('--subject <sub>', 'every token of a subject (sub)')
    .option('--issued-before <time>', 'only tokens issued before: now, 2026-01-31T12:00:00Z, or 1h (ago)')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  surety tokens revoke --issuer https://login.example.com --token-id 4f1c…      one token\n' +
        '  surety tokens revoke --issuer https://login.example.com --subject 8a2e…       a person, until restored\n' +
        '  surety tokens revoke --issuer https://login.example.com --subject 8a2e… --issued-before now\n' +
        '                                                     signed out: new tokens work\n' +
        '  surety tokens revoke --issuer https://login.example.com --issued-before now   everybody\n',
    )
    .action(
      async (
        options: CommonOptions & {
          issuer: string;
          tokenId?: string;
          subject?: string;
          issuedBefore?: string;
        },
      ) => {
        const { issuer, tokenId, subject, issuedBefore } = options;
        const before = issuedBefore === 'now' ? '0s' : issuedBefore;
        await withAdminApi(context, options, async (ask) => {
          const request = { issuer, tokenId, subject, issuedBefore: before };
          const revocation = await ask<Revocation>('POST', '/api/tokens/revocations', request);
          context.terminal.out(
            options.json ? json(revocation) : `${revocation.id}: ${describe(revocation)} are refused.\n`,
          );
        });
      },
    );
}

function describe({ kind, tokenId, subject, issuedBefore, issuer }: Revocation): string {
  const before = issuedBefore === undefined ? '' : ` issued before ${issuedBefore}`;
  if (kind === 'token') return `tokens ${tokenId} of ${issuer}`;
  return `tokens${subject === undefined ? '' : ` of ${subject}`}${before} by ${issuer}`;
}

function addRevocations(tokens: Command, context: CommandContext): void {
  apiCommand(tokens, 'revocations')
    .description('which tokens are refused before their end')
    .action(async (options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const found: Revocation[] = [];
        for await (const row of everyPage<Revocation>(ask, '/api/tokens/revocations', 'revocations'))
          found.push(row);
        if (options.json) return context.terminal.out(json(found));
        if (found.length === 0) return context.terminal.err('No tokens are revoked.\n');
        const rows = found.map(({ id, issuer, kind, tokenId, subject, issuedBefore, createdAt }) => [
          id,
          issuer,
          kind,
          tokenId ?? subject ?? '-',
          issuedBefore ?? '-',
          createdAt.slice(0, 16),
        ]);
        context.terminal.out(
          `${table([['ID', 'ISSUER', 'KIND', 'WHICH', 'ISSUED BEFORE', 'SINCE'], ...rows])}\n`,
        );
      });
    });
}

function addRestore(tokens: Command, context: CommandContext): void {
  apiCommand(tokens, 'restore')
    .description('take a revocation back')
    .argument('<id>', 'the id of the revocation, from surety tokens revocations')
    .action(async (id: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const path = `/api/tokens/revocations/${encodeURIComponent(id)}/restore`;
        const revocation = await ask<Revocation>('POST', path);
        context.terminal.out(
          options.json ? json(revocation) : `${revocation.id}: ${describe(revocation)} are accepted again.\n`,
        );
      });
    });
}
