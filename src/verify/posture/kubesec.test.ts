import assert from 'node:assert/strict';
import { it } from 'node:test';
import { scanTexts } from '../../../test/support/posture.ts';

/** Points of a Pod with this spec. */
function pointsOf(spec: object, annotations: Readonly<Record<string, string>> = {}): number | undefined {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', annotations }, spec };
  return scanTexts({ 'a.json': JSON.stringify(pod) }).report.evaluated[0]?.kubesec?.score;
}

const container = (securityContext: object, more: object = {}): object => ({
  containers: [{ name: 'a', image: 'x', securityContext, ...more }],
});

it('counts as kubesec does, each rule once', () => {
  assert.equal(pointsOf(container({})), 0);
  assert.equal(pointsOf(container({ privileged: true })), -30);
  assert.equal(pointsOf(container({ capabilities: { add: ['SYS_ADMIN'] } })), -30);
  assert.equal(pointsOf({ ...container({}), hostNetwork: true, hostPID: true, hostIPC: true }), -27);
  assert.equal(pointsOf({ ...container({}), volumes: [{ hostPath: { path: '/var/run/docker.sock' } }] }), -9);
  assert.equal(pointsOf(container({ allowPrivilegeEscalation: true })), -7);
  assert.equal(pointsOf(container({}, { env: [{ valueFrom: { secretKeyRef: { name: 'x' } } }] })), -5);
  assert.equal(pointsOf({ ...container({}), hostAliases: [{ ip: '1.2.3.4' }] }), -3);
  assert.equal(pointsOf(container({}), { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }), -1);
  assert.equal(pointsOf({ ...container({}), serviceAccountName: 'own' }), 3);
  assert.equal(pointsOf(container({ readOnlyRootFilesystem: true, runAsNonRoot: true })), 2);
  assert.equal(pointsOf(container({ runAsUser: 10_001, runAsGroup: 10_001 })), 2);
  assert.equal(pointsOf(container({ runAsUser: 10_000, runAsGroup: 10_000 })), 0);
  assert.equal(pointsOf(container({ capabilities: { drop: ['ALL'] } })), 2);
  assert.equal(pointsOf(container({ capabilities: { drop: ['NET_RAW'] } })), 1);
  const quantities = { cpu: '1', memory: '1Gi' };
  assert.equal(pointsOf(container({}, { resources: { requests: quantities, limits: quantities } })), 4);
  assert.equal(pointsOf({ ...container({}), automountServiceAccountToken: false, hostUsers: false }), 2);
  const twice = { name: 'b', image: 'x', securityContext: { privileged: true } };
  assert.equal(pointsOf({ containers: [twice, { ...twice, name: 'c' }] }), -30);
});

it('counts the claims of a StatefulSet, and gives what has no Pod no points', () => {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'a' },
    spec: {
      template: { spec: container({}) },
      volumeClaimTemplates: [
        { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
    },
  };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b' }, spec: {} };
  const { evaluated } = scanTexts({
    'a.json': JSON.stringify(set),
    'b.json': JSON.stringify(service),
  }).report;
  assert.deepEqual(
    evaluated.map(({ kubesec }) => kubesec?.score),
    [2, undefined],
  );
});
