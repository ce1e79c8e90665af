import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks, defaultVerify, scan, settingsOf } from '../src/verify/posture/index.ts';
import { readYaml } from '../src/verify/posture/source/yaml.ts';

/**
 * How many resources a second `surety scan` judges, against parsing them alone with the same parser, and how that grows. The manifests are those of
 * an ordinary repository: a Deployment of some forty lines with a finding or two, a hundred to a file, a NetworkPolicy for each namespace of fifty.
 */
const settings = settingsOf(defaultVerify, { today: '2026-11-25' });
const perFile = 100;
const perNamespace = 50;

function deployment(index: number): string {
  const namespace = `team-${Math.floor(index / perNamespace)}`;
  if (index % perNamespace === 0)
    return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: ${namespace}}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
  namespace: ${namespace}
  labels:
    app: app-${index}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: app-${index}
  template:
    metadata:
      labels:
        app: app-${index}
    spec:
      serviceAccountName: app
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.com/app:1.${index}.0
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          resources:
            requests: {cpu: 100m, memory: 128Mi, ephemeral-storage: 100Mi}
            limits: {cpu: "1", memory: 256Mi, ephemeral-storage: 1Gi}
          livenessProbe:
            httpGet: {path: /live, port: 8000}
          readinessProbe:
            httpGet: {path: /ready, port: 8000}
`;
}

function secondsOf(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** Checks that look at one Deployment by itself, and at the whole. */
const evaluations = checks.filter(
  (check) =>
    check.of === 'pod' ||
    check.of === 'cluster' ||
    (check.of === 'resource' && check.kinds.includes('Deployment')),
).length;

function measure(resources: number): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-bench-scan-'));
  try {
    for (let from = 0; from < resources; from += perFile) {
      const count = Math.min(perFile, resources - from);
      const texts = Array.from({ length: count }, (_, index) => deployment(from + index));
      writeFileSync(join(folder, `${from}.yaml`), texts.join('---\n'));
    }
    const cold = secondsOf(() => scan([folder], settings));
    const parsing = secondsOf(() => {
      for (const name of readdirSync(folder)) readYaml(readFileSync(join(folder, name), 'utf8'));
    });
    const warm = secondsOf(() => scan([folder], settings));
    return {
      resources,
      'cold/s': Math.round(resources / cold),
      'warm/s': Math.round(resources / warm),
      'evaluations/s': Math.round((resources * evaluations) / warm),
      'parsing alone/s': Math.round(resources / parsing),
      'over parsing %': Math.round((warm / parsing - 1) * 100),
      'peak MB': Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [given = '1000,10000,50000'] = process.argv.slice(2);
console.log(JSON.stringify(given.split(',').map((count) => measure(Number(count)))));
