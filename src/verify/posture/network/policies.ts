import type { Field, FieldPath } from '../field.ts';
import type { Resource } from '../kubernetes/resource.ts';
import { namespaceOf } from './endpoints.ts';
import { readRulePort, type RulePort } from './ports.ts';
import { readSelector, type Selector } from './selector.ts';

export type Direction = 'ingress' | 'egress';

/** Addresses outside the cluster. */
export interface IpBlock {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Whom a rule lets in or out to. Undefined parts do not narrow; a peer with an `ipBlock` has nothing else. */
export interface Peer {
  readonly podSelector: Selector | undefined;
  readonly namespaceSelector: Selector | undefined;
  readonly ipBlock: IpBlock | undefined;
}

export interface NetworkRule {
  readonly policy: NetworkPolicy;
  readonly direction: Direction;
  /** Undefined: everybody, inside and outside. */
  readonly peers: readonly Peer[] | undefined;
  /** Empty: every port. */
  readonly ports: readonly RulePort[];
  readonly path: FieldPath;
}

export interface NetworkPolicy {
  readonly resource: Resource;
  readonly namespace: string;
  readonly podSelector: Selector;
  /** The directions in which what it selects is closed but for the rules. */
  readonly closes: readonly Direction[];
  readonly rules: readonly NetworkRule[];
}

export function isNetworkPolicy({ kind, group }: Pick<Resource, 'kind' | 'group'>): boolean {
  return kind === 'NetworkPolicy' && (group === 'networking.k8s.io' || group === 'extensions');
}

/** https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
export function readNetworkPolicy(resource: Resource): NetworkPolicy {
  const spec = resource.field.at('spec');
  const policy: NetworkPolicy = {
    resource,
    namespace: namespaceOf(resource),
    podSelector: readSelector(spec.at('podSelector')),
    closes: readDirections(spec),
    rules: [],
  };
  const rules = [
    ...readRules(policy, 'ingress', spec.at('ingress')),
    ...readRules(policy, 'egress', spec.at('egress')),
  ].filter(({ direction }) => policy.closes.includes(direction));
  return Object.assign(policy, { rules });
}

/** Left out, a policy is about ingress, and about egress too where it has rules for it. */
function readDirections(spec: Field): Direction[] {
  const said = spec.at('policyTypes').texts();
  if (said.length === 0) return spec.at('egress').items().length > 0 ? ['ingress', 'egress'] : ['ingress'];
  return (['ingress', 'egress'] as const).filter((direction) =>
    said.some((text) => text.toLowerCase() === direction),
  );
}

function readRules(policy: NetworkPolicy, direction: Direction, field: Field): NetworkRule[] {
  return field.items().map((rule) => {
    const peers = rule.at(direction === 'ingress' ? 'from' : 'to').items();
    return {
      policy,
      direction,
      peers: peers.length === 0 ? undefined : peers.map(readPeer),
      ports: rule.at('ports').items().map(readRulePort),
      path: rule.path,
    };
  });
}

function readPeer(field: Field): Peer {
  const selector = (name: string): Selector | undefined =>
    field.at(name).isSet ? readSelector(field.at(name)) : undefined;
  const block = field.at('ipBlock');
  return {
    podSelector: selector('podSelector'),
    namespaceSelector: selector('namespaceSelector'),
    ipBlock: block.isSet
      ? { cidr: block.at('cidr').text ?? '', except: block.at('except').texts() }
      : undefined,
  };
}
