import type { Field } from '../field.ts';

export const protocols = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof protocols)[number];

/** Ports from `first` to `last` of one protocol. */
export interface PortRange {
  readonly protocol: Protocol;
  readonly first: number;
  readonly last: number;
}

/** Ranges that neither touch nor overlap, in order. */
export type PortSet = readonly PortRange[];

export const allPorts: PortSet = protocols.map((protocol) => ({ protocol, first: 1, last: 65_535 }));

export function unitePorts(sets: readonly PortSet[]): PortSet {
  const sorted = sets
    .flat()
    .toSorted((a, b) => (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : a.first - b.first));
  const united: PortRange[] = [];
  for (const range of sorted) {
    const last = united.at(-1);
    if (last && last.protocol === range.protocol && range.first <= last.last + 1)
      united[united.length - 1] = { ...last, last: Math.max(last.last, range.last) };
    else united.push(range);
  }
  return united;
}

export function intersectPorts(a: PortSet, b: PortSet): PortSet {
  const both: PortRange[] = [];
  for (const one of a) {
    for (const other of b) {
      const first = Math.max(one.first, other.first);
      const last = Math.min(one.last, other.last);
      if (one.protocol === other.protocol && first <= last)
        both.push({ protocol: one.protocol, first, last });
    }
  }
  return unitePorts([both]);
}

export function holdsPort(set: PortSet, protocol: Protocol, port: number): boolean {
  return set.some((range) => range.protocol === protocol && range.first <= port && port <= range.last);
}

/** `TCP 443, UDP 53`, `every port`. */
export function formatPorts(set: PortSet): string {
  if (set.length === 0) return 'no port';
  const whole = set.filter(({ first, last }) => first === 1 && last === 65_535);
  if (whole.length === protocols.length) return 'every port';
  return set
    .map(({ protocol, first, last }) =>
      first === 1 && last === 65_535
        ? `every ${protocol} port`
        : `${protocol} ${first === last ? first : `${first}–${last}`}`,
    )
    .join(', ');
}

/** A port of a rule: a number, numbers up to `endPort`, a name that the Pod gives one of its own, or every one of a protocol. */
export interface RulePort {
  readonly protocol: Protocol;
  readonly port: number | string | undefined;
  readonly endPort: number | undefined;
}

export function readRulePort(field: Field): RulePort {
  const port = field.at('port');
  return {
    protocol: readProtocol(field.at('protocol')),
    port: port.number ?? port.text,
    endPort: field.at('endPort').number,
  };
}

export function readProtocol(field: Field): Protocol {
  return protocols.find((protocol) => protocol === field.text) ?? 'TCP';
}

/** Ports a Pod gives names: `web` to `TCP 8080`. */
export type NamedPorts = ReadonlyMap<
  string,
  readonly { readonly protocol: Protocol; readonly port: number }[]
>;

/** What the ports of a rule come to on a Pod. A rule without ports means every port; a name the Pod does not have means none. */
export function resolvePorts(ports: readonly RulePort[], named: NamedPorts): PortSet {
  if (ports.length === 0) return allPorts;
  return unitePorts(ports.map((port) => resolvePort(port, named)));
}

function resolvePort({ protocol, port, endPort }: RulePort, named: NamedPorts): PortSet {
  if (port === undefined) return [{ protocol, first: 1, last: 65_535 }];
  if (typeof port === 'number') return [{ protocol, first: port, last: Math.max(port, endPort ?? port) }];
  return (named.get(port) ?? [])
    .filter((own) => own.protocol === protocol)
    .map((own) => ({ protocol, first: own.port, last: own.port }));
}
