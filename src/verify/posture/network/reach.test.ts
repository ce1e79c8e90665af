import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readResources, type Resource } from '../kubernetes/resource.ts';
import { readYaml } from '../source/yaml.ts';
import { compareFlows, describeMismatch } from './flows.ts';
import { formatPorts, holdsPort } from './ports.ts';
import { computeReach } from './reach.ts';

function resourcesOf(yaml: string): Resource[] {
  const { documents, problems } = readYaml(yaml);
  assert.deepEqual(problems, []);
  return documents.flatMap((document) => readResources(document, 'k8s.yaml') ?? []);
}

const json = (...documents: readonly object[]): string =>
  documents.map((one) => JSON.stringify(one)).join('\n---\n');

const pod = (
  name: string,
  {
    namespace = 'prod',
    labels = { app: name },
    ...spec
  }: { namespace?: string; labels?: object; [key: string]: unknown } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: 8080 }] }], ...spec },
});

const policy = (name: string, spec: object, namespace = 'prod') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec,
});

function portsBetween(documents: readonly object[], from: string, to: string): string {
  const reach = computeReach(resourcesOf(json(...documents)));
  const find = (name: string) =>
    reach.endpoints.all.find(({ resources }) => resources.some((one) => one.name === name));
  const [source, target] = [find(from), find(to)];
  assert.ok(source && target);
  return formatPorts(reach.between(source, target)?.ports ?? []);
}

const [a, b] = [pod('a'), pod('b')];

describe('what network policies let pass', () => {
  it('is everything where no policy selects', () => {
    assert.equal(portsBetween([a, b], 'a', 'b'), 'every port');
  });

  it('is nothing under a policy without rules, which selects all with an empty selector', () => {
    const deny = policy('deny', { podSelector: {}, policyTypes: ['Ingress'] });
    assert.equal(portsBetween([a, b, deny], 'a', 'b'), 'no port');
  });

  it('needs both sides: an ingress rule opens nothing that egress closes', () => {
    const into = policy('in', {
      podSelector: { matchLabels: { app: 'b' } },
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
    });
    const out = policy('out', {
      podSelector: { matchLabels: { app: 'a' } },
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port: 443 }] }],
    });
    assert.equal(portsBetween([a, b, into], 'a', 'b'), 'TCP 80');
    assert.equal(portsBetween([a, b, into, out], 'a', 'b'), 'no port');
  });

  it('adds policies up, and never takes away', () => {
    const one = policy('one', { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] });
    const two = policy('two', {
      podSelector: {},
      ingress: [
        {
          ports: [
            { port: 81, endPort: 90 },
            { port: 53, protocol: 'UDP' },
          ],
        },
      ],
    });
    assert.equal(portsBetween([a, b, one, two], 'a', 'b'), 'TCP 80–90, UDP 53');
  });

  it('resolves a named port on the Pod that is reached, to none where it has no such name', () => {
    const named = policy('named', { podSelector: {}, ingress: [{ ports: [{ port: 'web' }] }] });
    assert.equal(portsBetween([a, b, named], 'a', 'b'), 'TCP 8080');
    const other = policy('named', { podSelector: {}, ingress: [{ ports: [{ port: 'metrics' }] }] });
    assert.equal(portsBetween([a, b, other], 'a', 'b'), 'no port');
  });

  it("takes a podSelector without a namespaceSelector for the policy's own namespace", () => {
    const foreign = pod('a', { namespace: 'test' });
    const rule = policy('in', {
      podSelector: {},
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'a' } } }] }],
    });
    assert.equal(portsBetween([foreign, b, rule], 'a', 'b'), 'no port');
    const wide = policy('in', {
      podSelector: {},
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'test' } },
              podSelector: { matchLabels: { app: 'a' } },
            },
          ],
        },
      ],
    });
    assert.equal(portsBetween([foreign, b, wide], 'a', 'b'), 'every port');
  });

  it('does not reach Pods on the network of their node', () => {
    const host = pod('b', { hostNetwork: true });
    const deny = policy('deny', { podSelector: {} });
    assert.equal(portsBetween([a, host, deny], 'a', 'b'), 'every port');
  });

  it('closes egress only where the policy says so or has rules for it', () => {
    const ingressOnly = policy('p', { podSelector: { matchLabels: { app: 'a' } }, ingress: [] });
    assert.equal(portsBetween([a, b, ingressOnly], 'a', 'b'), 'every port');
    const withEgress = policy('p', {
      podSelector: { matchLabels: { app: 'a' } },
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
    });
    assert.equal(portsBetween([a, b, withEgress], 'a', 'b'), 'no port');
  });

  it('is what a look at every pair of Pods by itself gives', () => {
    const labels = fc.record(
      { app: fc.constantFrom('a', 'b'), tier: fc.constantFrom('x', 'y') },
      { requiredKeys: ['app'] },
    );
    const namespace = fc.constantFrom('prod', 'test');
    const selector = fc.oneof(
      fc.constant({}),
      labels.map((matchLabels) => ({ matchLabels })),
      fc
        .record({
          key: fc.constantFrom('app', 'tier'),
          operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
          values: fc.subarray(['a', 'b', 'x', 'y']),
        })
        .map((expression) => ({ matchExpressions: [expression] })),
    );
    const names = fc.record({ matchLabels: fc.record({ 'kubernetes.io/metadata.name': namespace }) });
    const peer = fc.oneof(
      fc.record({ podSelector: selector }),
      fc.record({ namespaceSelector: fc.oneof(fc.constant({}), names), podSelector: selector }),
      fc.record({ namespaceSelector: names }),
      fc.constant({ ipBlock: { cidr: '0.0.0.0/0' } }),
    );
    const ports = fc.array(
      fc.constantFrom({ port: 80 }, { port: 'web' }, { port: 70, endPort: 90 }, { protocol: 'UDP' }),
      { maxLength: 2 },
    );
    const rules = (side: 'from' | 'to') =>
      fc.array(fc.record({ [side]: fc.array(peer, { maxLength: 2 }), ports }), { maxLength: 2 });
    const spec = fc.record(
      {
        podSelector: selector,
        policyTypes: fc.subarray(['Ingress', 'Egress'], { minLength: 1 }),
        ingress: rules('from'),
        egress: rules('to'),
      },
      { requiredKeys: ['podSelector'] },
    );
    const cluster = fc.record({
      pods: fc.array(fc.record({ namespace, labels }), { minLength: 1, maxLength: 5 }),
      policies: fc.array(fc.record({ namespace, spec }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(cluster, ({ pods, policies }) => {
        const documents = [
          ...pods.map((one, index) => pod(`p${index}`, one)),
          ...policies.map((one, index) => policy(`n${index}`, one.spec, one.namespace)),
        ];
        const reach = computeReach(resourcesOf(json(...documents)));
        for (const from of reach.endpoints.all)
          for (const to of reach.endpoints.all)
            for (const [protocol, port] of [
              ['TCP', 80],
              ['TCP', 8080],
              ['UDP', 53],
              ['TCP', 91],
            ] as const)
              assert.equal(
                holdsPort(reach.between(from, to)?.ports ?? [], protocol, port),
                passes({ policies, from, to, protocol, port }),
                `${JSON.stringify([from.labels, to.labels])} ${protocol} ${port}`,
              );
      }),
      { numRuns: 400 },
    );
  });
});

interface Side {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The definition of the API, word by word, for one pair: what the index above is held against. */
function passes({
  policies,
  from,
  to,
  protocol,
  port,
}: {
  policies: readonly { namespace: string; spec: unknown }[];
  from: Side;
  to: Side;
  protocol: string;
  port: number;
}): boolean {
  type Expression = { key: string; operator: string; values?: string[] };
  type Selecting = { matchLabels?: Record<string, string>; matchExpressions?: Expression[] };
  type PeerText = { podSelector?: Selecting; namespaceSelector?: Selecting; ipBlock?: object };
  type RuleText = {
    from?: PeerText[];
    to?: PeerText[];
    ports?: { port?: number | string; endPort?: number; protocol?: string }[];
  };
  type SpecText = {
    podSelector: Selecting;
    policyTypes?: string[];
    ingress?: RuleText[];
    egress?: RuleText[];
  };
  const selects = (
    { matchLabels = {}, matchExpressions = [] }: Selecting,
    labels: Readonly<Record<string, string>>,
  ): boolean =>
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return operator === 'Exists' ? value !== undefined : value === undefined;
    });
  const side = (self: Side, other: Side, type: 'Ingress' | 'Egress'): boolean => {
    const own = policies.filter(({ namespace, spec }) => {
      const { podSelector, policyTypes, egress = [] } = spec as SpecText;
      const types = policyTypes ?? (egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
      return namespace === self.namespace && types.includes(type) && selects(podSelector, self.labels);
    });
    if (own.length === 0) return true;
    return own.some(({ namespace, spec }) => {
      const { ingress = [], egress = [] } = spec as SpecText;
      return (type === 'Ingress' ? ingress : egress).some((rule) => {
        const peers = (type === 'Ingress' ? rule.from : rule.to) ?? [];
        const peerFits = peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
          if (ipBlock) return false;
          const inNamespace = namespaceSelector
            ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': other.namespace })
            : other.namespace === namespace;
          return inNamespace && selects(podSelector ?? {}, other.labels);
        });
        const ports = rule.ports ?? [];
        const portFits = ports.some((one) => {
          if ((one.protocol ?? 'TCP') !== protocol) return false;
          if (one.port === undefined) return true;
          const first = one.port === 'web' ? 8080 : Number(one.port);
          return port >= first && port <= (one.endPort ?? first);
        });
        return (peers.length === 0 || peerFits) && (ports.length === 0 || portFits);
      });
    });
  };
  return side(from, to, 'Egress') && side(to, from, 'Ingress');
}

describe('declared flows', () => {
  const system = {
    services: { agents: { port: 8000 }, memory: { port: 6379 }, web: { port: 80 } },
    flows: ['agents -> memory', 'agents -> https://api.openai.com'],
  };
  const pods = ['agents', 'memory', 'web'].map((name) => pod(name));
  const deny = policy('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  const agentsOut = policy('agents-out', {
    podSelector: { matchLabels: { app: 'agents' } },
    egress: [
      { to: [{ podSelector: { matchLabels: { app: 'memory' } } }], ports: [{ port: 6379 }] },
      { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }], ports: [{ port: 443 }] },
    ],
  });
  const memoryIn = policy('memory-in', {
    podSelector: { matchLabels: { app: 'memory' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'agents' } } }], ports: [{ port: 6379 }] }],
  });
  const mismatches = (...policies: readonly object[]): string[] =>
    compareFlows(system, computeReach(resourcesOf(json(...pods, ...policies)))).map(describeMismatch);

  it('that are exactly what is open give nothing', () => {
    assert.deepEqual(mismatches(deny, agentsOut, memoryIn), []);
  });

  it('that are closed are named, with the side that closes them', () => {
    assert.deepEqual(mismatches(deny, agentsOut), [
      'The policy declares that agents reaches memory, but no ingress rule lets it.',
    ]);
  });

  it('are told of what is open beside them, with the line that opens it', () => {
    const wide = policy('wide', {
      podSelector: { matchLabels: { app: 'memory' } },
      ingress: [{ from: [{ podSelector: {} }] }],
    });
    const webOut = policy('web-out', {
      podSelector: { matchLabels: { app: 'web' } },
      egress: [{ to: [{ podSelector: {} }] }],
    });
    const found = mismatches(deny, agentsOut, memoryIn, wide, webOut);
    assert.equal(found.length, 1);
    assert.match(
      found[0] ?? '',
      /^web reaches memory at every port, which no flow of the policy declares: opened by NetworkPolicy wide \(k8s\.yaml:\d+\)\.$/,
    );
  });

  it('without any policy leave everything open, and each pair is named', () => {
    const found = mismatches();
    assert.ok(
      found.some(
        (text) =>
          text.includes('web reaches memory at every port') &&
          text.includes('no NetworkPolicy closes ingress of memory'),
      ),
    );
    assert.ok(found.some((text) => text.startsWith('agents reaches outside at every port')));
  });
});
