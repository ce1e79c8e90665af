import type { Terminal } from './context.ts';
import { printable, styler, table } from './output.ts';

/** A principal of a review, as the API tells it. */
export interface Principal {
  readonly id: string;
  readonly kind: string;
  readonly name?: string;
  readonly owner?: string;
  readonly roles: readonly string[];
  readonly team?: string;
  readonly createdAt?: string;
  readonly expiresAt?: string;
  readonly granted: readonly {
    readonly role: string;
    readonly may: readonly string[];
    readonly models: readonly string[];
  }[];
  readonly calls: number;
  readonly denied: number;
  readonly lastAt?: string;
  readonly networks: number;
  readonly used: readonly {
    readonly route: string;
    readonly operation: string;
    readonly model: string;
    readonly calls: number;
    readonly lastAt: string;
  }[];
  readonly truncated: boolean;
  readonly actions: Readonly<Record<string, number>>;
  readonly unused: { readonly may: readonly string[]; readonly models: readonly string[] };
  readonly flags: readonly { readonly flag: string; readonly means: string }[];
  readonly state: string;
  readonly decision?: string;
  readonly targetRole?: string;
  readonly reason?: string;
  readonly proposal?: Proposal;
}

export interface Proposal {
  readonly role: string;
  readonly inPolicy: boolean;
  readonly may: readonly string[];
  readonly models: readonly string[];
  readonly yaml?: string;
  readonly calls: number;
  readonly wouldRefuse: readonly {
    readonly route?: string;
    readonly operation?: string;
    readonly model?: string;
    readonly reason: string;
    readonly calls: number;
    readonly examples: readonly string[];
  }[];
  readonly notReplayed: readonly { readonly means: string; readonly calls: number }[];
}

const usedShown = 20;

/** One principal in full: who, granted, used, flags, decision. */
export function renderPrincipal(one: Principal, terminal: Terminal): string {
  const style = styler(terminal);
  const words = (texts: readonly string[]): string => texts.map(printable).join(', ') || 'nothing';
  const lines = [
    `${style('bold', one.id)} ${one.kind}${one.name === undefined ? '' : ` "${printable(one.name)}"`}, owner ${printable(one.owner ?? 'nobody')}, team ${one.team ?? 'none'}`,
    `  made ${one.createdAt?.slice(0, 16) ?? 'elsewhere'}, ends ${one.expiresAt?.slice(0, 16) ?? 'elsewhere'}, last used ${one.lastAt?.slice(0, 16) ?? 'never'}`,
    `  ${one.calls} calls, ${one.denied} refused, from ${one.networks} networks`,
    ...one.granted.map(
      ({ role, may, models }) => `  granted by ${role}: ${words(may)}; models ${words(models)}`,
    ),
  ];
  if (one.unused.may.length + one.unused.models.length > 0)
    lines.push(
      `  not used: ${words([...one.unused.may, ...one.unused.models.map((model) => `model ${model}`)])}`,
    );
  for (const { flag, means } of one.flags) lines.push(`  ${style('yellow', flag)} ${means}`);
  if (one.used.length > 0) {
    const rows = one.used
      .slice(0, usedShown)
      .map(({ calls, route, operation, model, lastAt }) =>
        [`  ${calls}`, route, operation, model || '-', lastAt.slice(0, 16)].map(printable),
      );
    lines.push(table([['  CALLS', 'ROUTE', 'OPERATION', 'MODEL', 'LAST'], ...rows]));
    if (one.truncated || one.used.length > usedShown) lines.push('  … and more; --json lists them');
  }
  for (const [kind, count] of Object.entries(one.actions)) lines.push(`  ${count} × ${kind}`);
  const decided = one.decision === undefined ? one.state : `${one.decision} (${one.state})`;
  lines.push(
    `  decision: ${decided}${one.reason === undefined ? '' : `, because: ${printable(one.reason)}`}`,
  );
  return `${lines.join('\n')}\n`;
}

/** The role a key could be narrowed to, with what it would have refused. */
export function renderProposal(proposal: Proposal, terminal: Terminal): string {
  const style = styler(terminal);
  const { role, inPolicy, may, models, yaml, calls, wouldRefuse, notReplayed } = proposal;
  const refused = wouldRefuse.reduce((sum, group) => sum + group.calls, 0);
  const lines = [
    '',
    `${style('bold', 'narrower role')} ${role}${inPolicy ? '' : ' (not in the policy)'}: ${may.join(', ')}; models ${models.map(printable).join(', ') || 'none'}`,
    `  of ${calls} recorded calls it would have refused ${style(refused > 0 ? 'red' : 'green', String(refused))}`,
  ];
  if (wouldRefuse.length > 0) {
    const rows = wouldRefuse
      .slice(0, usedShown)
      .map((group) =>
        [
          `  ${group.calls}`,
          group.route ?? '-',
          group.operation ?? '-',
          group.model ?? '-',
          group.reason,
          group.examples[0] ?? '',
        ].map(printable),
      );
    lines.push(table([['  CALLS', 'ROUTE', 'OPERATION', 'MODEL', 'REASON', 'EXAMPLE'], ...rows]));
  }
  for (const { means, calls: count } of notReplayed) lines.push(`  ${count} calls not replayed: ${means}`);
  if (yaml !== undefined) lines.push('', yaml.trimEnd());
  return `${lines.join('\n')}\n`;
}
