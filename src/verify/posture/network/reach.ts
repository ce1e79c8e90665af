import type { Resource } from '../kubernetes/resource.ts';
import { type Endpoint, type Endpoints, gatherEndpoints } from './endpoints.ts';
import {
  type Direction,
  type IpBlock,
  isNetworkPolicy,
  type NetworkPolicy,
  type NetworkRule,
  type Peer,
  readNetworkPolicy,
} from './policies.ts';
import { allPorts, intersectPorts, type PortSet, resolvePorts, unitePorts } from './ports.ts';
import { readSelector, type Selector } from './selector.ts';
import { Field } from '../field.ts';

/** That one side lets something pass, and by which rules; without a rule because nothing closes it. */
export interface Opening {
  readonly ports: PortSet;
  readonly rules: readonly NetworkRule[];
}

/** Addresses outside that one side lets through. */
export interface OutsideOpening extends Opening {
  /** Undefined: every address. */
  readonly block: IpBlock | undefined;
}

export interface Reach {
  readonly endpoints: Endpoints;
  readonly policies: readonly NetworkPolicy[];
  /** The policies that close a direction of an endpoint; none: it is open. */
  closing(endpoint: Endpoint, direction: Direction): readonly NetworkPolicy[];
  /** What passes from one to the other: what both sides let through. Undefined: nothing. */
  between(
    from: Endpoint,
    to: Endpoint,
  ): { readonly ports: PortSet; readonly egress: Opening; readonly ingress: Opening } | undefined;
  /** Where an endpoint may send to, or be reached from, outside. */
  outside(endpoint: Endpoint, direction: Direction): readonly OutsideOpening[];
  /** Endpoints that a direction of an endpoint is opened to by name; undefined where it is open to all of them. */
  namedPeers(endpoint: Endpoint, direction: Direction): ReadonlySet<Endpoint> | undefined;
}

const everySelector: Selector = readSelector(new Field({}));
const open: Opening = { ports: allPorts, rules: [] };

/**
 * What NetworkPolicies let pass, for classes of Pods that behave alike (`Endpoint`). A connection passes where the egress of one side and the
 * ingress of the other both let it; a direction that no policy closes lets everything. Pods on the network of their node are out of the reach of
 * policies. Looking one pair up costs what the rules of its two sides cost, never a walk over all Pods.
 */
export function computeReach(resources: readonly Resource[]): Reach {
  const endpoints = gatherEndpoints(resources);
  const policies = resources.filter(isNetworkPolicy).map(readNetworkPolicy);
  const closed: Readonly<Record<Direction, Map<Endpoint, NetworkPolicy[]>>> = {
    ingress: new Map(),
    egress: new Map(),
  };
  for (const policy of policies) {
    for (const endpoint of endpoints.inNamespace(policy.namespace, policy.podSelector)) {
      if (endpoint.onHost) continue;
      for (const direction of policy.closes) {
        const known = closed[direction].get(endpoint);
        if (known) known.push(policy);
        else closed[direction].set(endpoint, [policy]);
      }
    }
  }
  const closing = (endpoint: Endpoint, direction: Direction): readonly NetworkPolicy[] =>
    closed[direction].get(endpoint) ?? [];
  const rulesOf = (endpoint: Endpoint, direction: Direction): NetworkRule[] =>
    closing(endpoint, direction).flatMap(({ rules }) => rules.filter((rule) => rule.direction === direction));
  const peersOf = createPeerIndex(endpoints);

  /** `ports` are always those of the side that is reached. */
  const opening = (endpoint: Endpoint, other: Endpoint, direction: Direction): Opening => {
    if (closing(endpoint, direction).length === 0) return open;
    const reached = direction === 'ingress' ? endpoint : other;
    const rules = rulesOf(endpoint, direction).filter(
      (rule) => rule.peers === undefined || rule.peers.some((peer) => peersOf(rule, peer).has(other)),
    );
    return { ports: unitePorts(rules.map((rule) => resolvePorts(rule.ports, reached.ports))), rules };
  };

  return {
    endpoints,
    policies,
    closing,
    between(from, to) {
      const egress = opening(from, to, 'egress');
      const ingress = opening(to, from, 'ingress');
      const ports = intersectPorts(egress.ports, ingress.ports);
      return ports.length === 0 ? undefined : { ports, egress, ingress };
    },
    outside(endpoint, direction) {
      if (closing(endpoint, direction).length === 0) return [{ ...open, block: undefined }];
      return rulesOf(endpoint, direction).flatMap((rule) => outsideOf(rule, endpoint));
    },
    namedPeers(endpoint, direction) {
      if (closing(endpoint, direction).length === 0) return undefined;
      const named = new Set<Endpoint>();
      for (const rule of rulesOf(endpoint, direction)) {
        if (rule.peers === undefined) return undefined;
        for (const peer of rule.peers) for (const found of peersOf(rule, peer)) named.add(found);
      }
      return named;
    },
  };
}

function outsideOf(rule: NetworkRule, endpoint: Endpoint): OutsideOpening[] {
  // A name is resolved on the Pod that is reached; outside there is none.
  const named = rule.direction === 'ingress' ? endpoint.ports : new Map();
  const ports = resolvePorts(rule.ports, named);
  if (ports.length === 0) return [];
  if (rule.peers === undefined) return [{ ports, rules: [rule], block: undefined }];
  return rule.peers.flatMap(({ ipBlock }) => (ipBlock ? [{ ports, rules: [rule], block: ipBlock }] : []));
}

/** The endpoints of a peer, found once for each. */
function createPeerIndex(endpoints: Endpoints): (rule: NetworkRule, peer: Peer) => ReadonlySet<Endpoint> {
  const known = new Map<Peer, ReadonlySet<Endpoint>>();
  return ({ policy }, peer) => {
    const found = known.get(peer);
    if (found) return found;
    const { podSelector = everySelector, namespaceSelector, ipBlock } = peer;
    const namespaces = namespaceSelector ? endpoints.namespacesOf(namespaceSelector) : [policy.namespace];
    const isNobody = ipBlock !== undefined || (!peer.podSelector && !namespaceSelector);
    const members = isNobody
      ? []
      : namespaces.flatMap((namespace) => endpoints.inNamespace(namespace, podSelector));
    const set = new Set(members);
    known.set(peer, set);
    return set;
  };
}
