import { sortedByName } from '../field.ts';
import type { Resource } from '../kubernetes/resource.ts';
import { type NamedPorts, readProtocol } from './ports.ts';
import { type Labels, readLabels, type Selector } from './selector.ts';

/** Pods that no policy can tell apart: of one namespace, with the same labels and names of ports. */
export interface Endpoint {
  readonly id: number;
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: NamedPorts;
  /** On the network of the node, where policies do not reach. */
  readonly onHost: boolean;
  readonly resources: readonly Resource[];
}

/** Where a manifest that names no namespace goes. */
export const defaultNamespace = 'default';
/** Every namespace has it, also one whose manifest is elsewhere. */
const nameLabel = 'kubernetes.io/metadata.name';

export interface Endpoints {
  readonly all: readonly Endpoint[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** Those the selector selects in a namespace. */
  inNamespace(namespace: string, selector: Selector): readonly Endpoint[];
  /** Namespaces the selector selects. */
  namespacesOf(selector: Selector): readonly string[];
}

export function namespaceOf({ namespace }: Pick<Resource, 'namespace'>): string {
  return namespace ?? defaultNamespace;
}

export function gatherEndpoints(resources: readonly Resource[]): Endpoints {
  const all = groupPods(resources);
  const namespaces = gatherNamespaces(resources, all);
  const byLabel = new Map<string, Endpoint[]>();
  for (const endpoint of all) {
    add(byLabel, endpoint.namespace, endpoint);
    for (const [name, value] of Object.entries(endpoint.labels))
      add(byLabel, labelKey(endpoint.namespace, [name, value]), endpoint);
  }
  const selected = new Map<string, readonly Endpoint[]>();
  const selectedNamespaces = new Map<string, readonly string[]>();
  return {
    all,
    namespaces,
    inNamespace(namespace, selector) {
      const key = `${namespace}\n${selector.text}`;
      const known = selected.get(key);
      if (known) return known;
      const [first] = selector.required;
      const among = byLabel.get(first ? labelKey(namespace, first) : namespace) ?? [];
      const found = among.filter(({ labels }) => selector.matches(labels));
      selected.set(key, found);
      return found;
    },
    namespacesOf(selector) {
      const known = selectedNamespaces.get(selector.text);
      if (known) return known;
      const found = [...namespaces].flatMap(([name, labels]) => (selector.matches(labels) ? name : []));
      selectedNamespaces.set(selector.text, found);
      return found;
    },
  };
}

const labelKey = (namespace: string, [name, value]: readonly [string, string]): string =>
  `${namespace}\n${name}\n${value}`;

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

function groupPods(resources: readonly Resource[]): Endpoint[] {
  const groups = new Map<string, Omit<Endpoint, 'id' | 'resources'> & { resources: Resource[] }>();
  for (const resource of resources) {
    const { pod } = resource;
    if (!pod) continue;
    const namespace = namespaceOf(resource);
    const labels = readLabels(pod.metadata.at('labels'));
    const ports = readNamedPorts(resource);
    const onHost = pod.spec.at('hostNetwork').isTrue;
    const key = JSON.stringify([
      namespace,
      sortedByName(Object.entries(labels)),
      sortedByName([...ports]),
      onHost,
    ]);
    const known = groups.get(key);
    if (known) known.resources.push(resource);
    else groups.set(key, { namespace, labels, ports, onHost, resources: [resource] });
  }
  return [...groups.values()].map((group, id) => ({ ...group, id }));
}

function readNamedPorts({ pod }: Resource): NamedPorts {
  const named = new Map<string, { protocol: ReturnType<typeof readProtocol>; port: number }[]>();
  for (const { field } of pod?.containers ?? []) {
    for (const port of field.at('ports').items()) {
      const name = port.at('name').text;
      const number = port.at('containerPort').number;
      if (name !== undefined && number !== undefined)
        add(named, name, { protocol: readProtocol(port.at('protocol')), port: number });
    }
  }
  return named;
}

function gatherNamespaces(
  resources: readonly Resource[],
  endpoints: readonly Endpoint[],
): Map<string, Labels> {
  const namespaces = new Map<string, Labels>();
  for (const { namespace } of endpoints) namespaces.set(namespace, { [nameLabel]: namespace });
  for (const { kind, group, name, field } of resources) {
    if (kind !== 'Namespace' || group !== '') continue;
    namespaces.set(name, { ...readLabels(field.at('metadata', 'labels')), [nameLabel]: name });
  }
  return namespaces;
}
