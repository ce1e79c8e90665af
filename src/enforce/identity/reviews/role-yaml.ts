import type { Rate } from '../../../kernel/index.ts';
import type { RoleSection } from '../policy-section.ts';

const nanoUsdPerUsd = 1_000_000_000n;

/**
 * A role as text for the policy: the permissions given, under the limits of the role it comes from. Without these, narrowing would widen.
 */
export function roleYaml(
  name: string,
  permissions: { readonly may: readonly string[]; readonly models: readonly string[] },
  held: RoleSection,
): string {
  const lines = [
    'identity:',
    '  roles:',
    `    ${JSON.stringify(name)}:`,
    `      may: ${JSON.stringify(permissions.may)}`,
    `      models: ${JSON.stringify(permissions.models)}`,
  ];
  for (const part of ['limits', 'shared'] as const) {
    const set = held[part];
    if (set) lines.push(`      ${part}: ${JSON.stringify(limitText(set))}`);
  }
  if (held.alerts)
    lines.push(`      alerts: ${JSON.stringify(held.alerts.map((share) => `${Math.round(share * 100)}%`))}`);
  return `${lines.join('\n')}\n`;
}

function limitText({ requests, tokens, cost, concurrency }: NonNullable<RoleSection['limits']>) {
  const rates = (list: readonly Rate[]) => list.map(({ amount, per }) => `${amount}/${per}`);
  return {
    ...(requests.length > 0 && { requests: rates(requests) }),
    ...(tokens.length > 0 && { tokens: rates(tokens) }),
    ...(cost.length > 0 && { cost: cost.map(({ amount, per }) => `${usdText(amount)} USD/${per}`) }),
    ...(concurrency !== undefined && { concurrency }),
  };
}

/** Nano-dollars as an exact decimal. */
function usdText(nanoUsd: number): string {
  const nano = BigInt(nanoUsd);
  const fraction = (nano % nanoUsdPerUsd).toString().padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${nano / nanoUsdPerUsd}` : `${nano / nanoUsdPerUsd}.${fraction}`;
}
