import { type Flow, outside, parseFlow, type SystemPolicy } from '../../../policy/index.ts';
import type { Resource } from '../kubernetes/resource.ts';
import type { Endpoint } from './endpoints.ts';
import type { NetworkRule } from './policies.ts';
import { formatPorts, holdsPort, intersectPorts, type PortSet, type Protocol } from './ports.ts';
import type { OutsideOpening, Reach } from './reach.ts';

/** A connection that is open and not declared, or declared and not open. */
export interface FlowMismatch {
  readonly kind: 'extra' | 'missing';
  readonly from: string;
  readonly to: string;
  /** What is open beyond the declared, or what is closed of it. */
  readonly ports: PortSet;
  /** What opens it. None: no policy closes the side named in `openSide`, or, for a missing one, nothing opens it. */
  readonly rules: readonly NetworkRule[];
  /** The side that would have to be closed, or opened. */
  readonly side: 'egress' | 'ingress';
  /** A workload it is about. */
  readonly resource: Resource;
}

type Services = SystemPolicy['services'];

/** Which workloads a service is: by the labels the policy gives, else by its name. */
export function endpointsOfService(
  name: string,
  service: Services[string],
  all: readonly Endpoint[],
): Endpoint[] {
  const { namespace, labels: wanted } = service;
  return all.filter((endpoint) => {
    if (namespace !== undefined && endpoint.namespace !== namespace) return false;
    if (wanted) return Object.entries(wanted).every(([label, value]) => endpoint.labels[label] === value);
    const { labels } = endpoint;
    const called = [
      labels['app'],
      labels['app.kubernetes.io/name'],
      labels['k8s-app'],
      labels['app.kubernetes.io/component'],
    ];
    return called.includes(name) || endpoint.resources.some((resource) => resource.name === name);
  });
}

/** Names are looked up with it before anything else can be reached; a policy that names flows takes it for granted. */
const dns: readonly (readonly [Protocol, number])[] = [
  ['UDP', 53],
  ['TCP', 53],
];

/** Compares what is open between the declared services, and to outside, with the declared flows. */
export function compareFlows(system: Pick<SystemPolicy, 'services' | 'flows'>, reach: Reach): FlowMismatch[] {
  const flows = system.flows.flatMap((text) => parseFlow(text) ?? []);
  const services = Object.entries(system.services)
    .map(([name, service]) => ({
      name,
      port: service.port,
      endpoints: endpointsOfService(name, service, reach.endpoints.all).filter(({ onHost }) => !onHost),
    }))
    .filter(({ endpoints }) => endpoints.length > 0);
  return [
    ...services.flatMap((from) =>
      services.flatMap((to) => (from === to ? [] : comparePair(from, to, { flows, reach }))),
    ),
    ...services.flatMap((from) => compareOutside(from, { flows, reach })),
  ];
}

interface Service {
  readonly name: string;
  readonly port: number | undefined;
  readonly endpoints: readonly Endpoint[];
}

interface Comparison {
  readonly flows: readonly Flow[];
  readonly reach: Reach;
}

function comparePair(from: Service, to: Service, { flows, reach }: Comparison): FlowMismatch[] {
  const isDeclared = flows.some(
    (flow) => flow.from === from.name && flow.to.kind === 'service' && flow.to.name === to.name,
  );
  const mismatches: FlowMismatch[] = [];
  for (const source of from.endpoints) {
    for (const target of to.endpoints) {
      const [resource] = target.resources;
      const open = reach.between(source, target);
      if (!resource) continue;
      const pair = { from: from.name, to: to.name, resource };
      if (open && !isDeclared)
        mismatches.push({ ...pair, ...whatOpens(open), kind: 'extra', ports: open.ports });
      else if (isDeclared && !isOpen(open?.ports, to.port))
        mismatches.push({ ...pair, ...whatCloses(source, target, reach), kind: 'missing' });
      else if (open && to.port !== undefined) {
        const beyond = beyondPort(open.ports, to.port);
        if (beyond.length > 0) mismatches.push({ ...pair, ...whatOpens(open), kind: 'extra', ports: beyond });
      }
    }
  }
  return mismatches;
}

const isOpen = (ports: PortSet | undefined, port: number | undefined): boolean =>
  ports !== undefined && (port === undefined || holdsPort(ports, 'TCP', port));

/** What is open beside one port. */
function beyondPort(ports: PortSet, port: number): PortSet {
  const others: PortSet = [
    { protocol: 'TCP', first: 1, last: port - 1 },
    { protocol: 'TCP', first: port + 1, last: 65_535 },
    { protocol: 'UDP', first: 1, last: 65_535 },
    { protocol: 'SCTP', first: 1, last: 65_535 },
  ];
  return intersectPorts(
    ports,
    others.filter(({ first, last }) => first <= last),
  );
}

type Between = NonNullable<ReturnType<Reach['between']>>;

/** The receiving side is the one to close: it knows who needs it. */
function whatOpens({ ingress, egress }: Between): Pick<FlowMismatch, 'rules' | 'side'> {
  return ingress.rules.length > 0 || egress.rules.length === 0
    ? { rules: ingress.rules, side: 'ingress' }
    : { rules: egress.rules, side: 'egress' };
}

function whatCloses(
  source: Endpoint,
  target: Endpoint,
  reach: Reach,
): Pick<FlowMismatch, 'rules' | 'side' | 'ports'> {
  const outgoing = reach.namedPeers(source, 'egress');
  return { rules: [], side: outgoing && !outgoing.has(target) ? 'egress' : 'ingress', ports: [] };
}

function compareOutside(from: Service, { flows, reach }: Comparison): FlowMismatch[] {
  const declared = flows.flatMap((flow) =>
    flow.from === from.name && flow.to.kind === 'outside' ? [flow.to] : [],
  );
  const mismatches: FlowMismatch[] = [];
  for (const source of from.endpoints) {
    const [resource] = source.resources;
    if (!resource) continue;
    const openings = reach.outside(source, 'egress');
    const common = { from: from.name, to: outside, side: 'egress', resource } as const;
    for (const { port } of declared)
      if (!openings.some(({ ports }) => holdsPort(ports, 'TCP', port)))
        mismatches.push({
          ...common,
          kind: 'missing',
          ports: [{ protocol: 'TCP', first: port, last: port }],
          rules: [],
        });
    for (const opening of openings)
      mismatches.push(
        ...beyondDeclared(
          opening,
          declared.map(({ port }) => port),
        ).map((ports) => ({ ...common, kind: 'extra' as const, ports, rules: opening.rules })),
      );
  }
  return mismatches;
}

/** What an opening to outside lets through beside the declared ports and DNS; nothing where it keeps to them. */
function beyondDeclared({ ports, block }: OutsideOpening, declared: readonly number[]): PortSet[] {
  if (block && isPrivate(block.cidr)) return [];
  const allowed: readonly (readonly [Protocol, number])[] = [
    ...declared.map((port) => ['TCP', port] as const),
    ...dns,
  ];
  const beyond = ports.filter(
    ({ protocol, first, last }) =>
      first !== last || !allowed.some(([one, port]) => one === protocol && port === first),
  );
  return beyond.length === 0 ? [] : [beyond];
}

/** Ranges of private networks (RFC 1918, RFC 4193): inside, not outside. */
function isPrivate(cidr: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/i.test(cidr);
}

/** `agents reaches memory at every port: ingress of memory is closed by no policy`. */
export function describeMismatch({ kind, from, to, ports, rules, side }: FlowMismatch): string {
  if (kind === 'missing') {
    const at = ports.length > 0 ? ` at ${formatPorts(ports)}` : '';
    return `The policy declares that ${from} reaches ${to}${at}, but no ${side} rule lets it.`;
  }
  const opened =
    rules.length === 0
      ? `no NetworkPolicy closes ${side} of ${side === 'ingress' ? to : from}`
      : `opened by ${rules.map(({ policy, path }) => placeOf(policy.resource, path)).join(', ')}`;
  return `${from} reaches ${to} at ${formatPorts(ports)}, which no flow of the policy declares: ${opened}.`;
}

function placeOf(resource: Resource, path: NetworkRule['path']): string {
  const { line } = resource.locate(path);
  return `NetworkPolicy ${resource.name} (${resource.file}:${line})`;
}
