import type { PodRule, PodRuleCheck } from '../rule.ts';

const first = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const since27 = [...first, 'net.ipv4.ip_local_reserved_ports'];
const since29 = [
  ...since27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const since32 = [...since29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
const since37 = [...since32, 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat'];

/** Those that concern the container alone, of the newest version. */
export const safeSysctls: ReadonlySet<string> = new Set(since37);

function allowing(names: readonly string[]): PodRuleCheck {
  const allowed = new Set(names);
  return ({ securityContext }) =>
    securityContext
      .at('sysctls')
      .items()
      .map((sysctl) => sysctl.at('name'))
      .filter(({ text }) => !allowed.has(text ?? ''))
      .map(({ path, value }) => ({
        path,
        message: `The sysctl ${String(value)} is not among those that concern the Pod alone.`,
      }));
}

export const sysctls: PodRule = {
  id: 'sysctls',
  title: 'Only safe sysctls are set',
  rows: [
    { since: 0, check: allowing(first) },
    { since: 27, check: allowing(since27) },
    { since: 29, check: allowing(since29) },
    { since: 32, check: allowing(since32) },
    { since: 37, check: allowing(since37) },
  ],
};
