import { a01 } from './azure/a01-private-cluster.ts';
import { a02 } from './azure/a02-network-policy.ts';
import { a03 } from './azure/a03-open-to-everybody.ts';
import { a04 } from './azure/a04-flow-logs.ts';
import { a05 } from './azure/a05-encryption-at-rest.ts';
import { a06 } from './azure/a06-local-accounts.ts';
import { a07 } from './azure/a07-node-addresses.ts';
import { a08 } from './azure/a08-node-subnet.ts';
import { a09 } from './azure/a09-egress-firewall.ts';
import { a10 } from './azure/a10-host-encryption.ts';
import { a11 } from './azure/a11-policy-add-on.ts';
import { a12 } from './azure/a12-defender.ts';
import { a13 } from './azure/a13-workload-identity.ts';
import { a14 } from './azure/a14-audit-logs.ts';
import { a15 } from './azure/a15-upgrades.ts';
import { a16 } from './azure/a16-image-cleaner.ts';
import { a17 } from './azure/a17-subnet-unguarded.ts';
import { a18 } from './azure/a18-public-services.ts';
import { a19 } from './azure/a19-shared-keys.ts';
import { a20 } from './azure/a20-anonymous-reading.ts';
import { a21 } from './azure/a21-transport-encryption.ts';
import { a22 } from './azure/a22-purge-protection.ts';
import { a23 } from './azure/a23-vault-rbac.ts';
import { a24 } from './azure/a24-ai-own-key.ts';
import { a25 } from './azure/a25-ai-outbound.ts';
import { a26 } from './azure/a26-written-credential.ts';
import { a27 } from './azure/a27-secret-output.ts';
import type { Check } from './check.ts';
import { c01 } from './compose/c01-privileged.ts';
import { c02 } from './compose/c02-host-namespaces.ts';
import { c03 } from './compose/c03-runtime-socket.ts';
import { c04 } from './compose/c04-host-paths.ts';
import { c05 } from './compose/c05-added-capabilities.ts';
import { c06 } from './compose/c06-drop-all.ts';
import { c07 } from './compose/c07-new-privileges.ts';
import { c08 } from './compose/c08-unconfined.ts';
import { c09 } from './compose/c09-user.ts';
import { c10 } from './compose/c10-read-only.ts';
import { c11 } from './compose/c11-published-ports.ts';
import { c12 } from './compose/c12-image-tag.ts';
import { c13 } from './compose/c13-image-registry.ts';
import { c14 } from './compose/c14-literal-secret.ts';
import { c15 } from './compose/c15-secret-in-environment.ts';
import { c16 } from './compose/c16-resource-limits.ts';
import { c17 } from './compose/c17-devices.ts';
import { c18 } from './compose/c18-health-check.ts';
import { c19 } from './compose/c19-sysctls.ts';
import { c20 } from './compose/c20-mount-propagation.ts';
import { d01 } from './docker/d01-user.ts';
import { d02 } from './docker/d02-secrets.ts';
import { d03 } from './docker/d03-base-image.ts';
import { d04 } from './docker/d04-build-tools.ts';
import { d05 } from './docker/d05-add-url.ts';
import { d06 } from './docker/d06-healthcheck.ts';
import { d07 } from './docker/d07-run.ts';
import { n01 } from './network/n01-default-namespace.ts';
import { n02 } from './network/n02-pod-security-admission.ts';
import { n03 } from './network/n03-selected-by-no-policy.ts';
import { n04 } from './network/n04-default-deny.ts';
import { n05 } from './network/n05-open-rule.ts';
import { n06 } from './network/n06-reaches-metadata.ts';
import { n07 } from './network/n07-no-dns.ts';
import { n08 } from './network/n08-selects-nothing.ts';
import { n09 } from './network/n09-ingress-tls.ts';
import { n10 } from './network/n10-nginx-snippets.ts';
import { n11 } from './network/n11-open-service.ts';
import { n12 } from './network/n12-flow-closed.ts';
import { n13 } from './network/n13-flow-undeclared.ts';
import { n14 } from './network/n14-gateway-tls.ts';
import { p01 } from './pod/p01-privileged.ts';
import { p02 } from './pod/p02-host-pid.ts';
import { p03 } from './pod/p03-host-ipc.ts';
import { p04 } from './pod/p04-host-network.ts';
import { p05 } from './pod/p05-privilege-escalation.ts';
import { p06 } from './pod/p06-run-as-non-root.ts';
import { p07 } from './pod/p07-run-as-root.ts';
import { p08 } from './pod/p08-user-floor.ts';
import { p09 } from './pod/p09-root-group.ts';
import { p10 } from './pod/p10-drop-all.ts';
import { p11 } from './pod/p11-added-capabilities.ts';
import { p12 } from './pod/p12-powerful-capabilities.ts';
import { p13 } from './pod/p13-raw-sockets.ts';
import { p14 } from './pod/p14-read-only-root.ts';
import { p15 } from './pod/p15-writable-mounts.ts';
import { p16 } from './pod/p16-empty-dir-size.ts';
import { p17 } from './pod/p17-host-path.ts';
import { p18 } from './pod/p18-runtime-socket.ts';
import { p19 } from './pod/p19-host-port.ts';
import { p20 } from './pod/p20-seccomp.ts';
import { p21 } from './pod/p21-seccomp-unconfined.ts';
import { p22 } from './pod/p22-app-armor.ts';
import { p23 } from './pod/p23-se-linux.ts';
import { p24 } from './pod/p24-proc-mount.ts';
import { p25 } from './pod/p25-sysctls.ts';
import { p26 } from './pod/p26-volume-kinds.ts';
import { p27 } from './pod/p27-host-process.ts';
import { p28 } from './pod/p28-probe-host.ts';
import { p29 } from './pod/p29-service-account-token.ts';
import { p30 } from './pod/p30-default-service-account.ts';
import { p31 } from './pod/p31-secret-in-environment.ts';
import { p32 } from './pod/p32-literal-secret.ts';
import { p33 } from './pod/p33-image-tag.ts';
import { p34 } from './pod/p34-image-registry.ts';
import { p35 } from './pod/p35-resource-limits.ts';
import { p36 } from './pod/p36-host-aliases.ts';
import { p37 } from './pod/p37-shell-entrypoint.ts';
import { r01 } from './rbac/r01-cluster-admin.ts';
import { r02 } from './rbac/r02-wildcards.ts';
import { r03 } from './rbac/r03-reads-secrets.ts';
import { r04 } from './rbac/r04-creates-pods.ts';
import { r05 } from './rbac/r05-enters-pods.ts';
import { r06 } from './rbac/r06-escalates.ts';
import { r07 } from './rbac/r07-everybody.ts';
import { r08 } from './rbac/r08-reaches-nodes.ts';
import { r09 } from './rbac/r09-default-account.ts';
import { s01 } from './secret/s01-private-key.ts';
import { s02 } from './secret/s02-service-credential.ts';
import { s03 } from './secret/s03-password.ts';
import { s04 } from './secret/s04-signed-token.ts';
import { s05 } from './secret/s05-secret-in-manifest.ts';
import { w01 } from './workload/w01-bare-pod.ts';
import { w02 } from './workload/w02-probes.ts';
import { w03 } from './workload/w03-pull-policy.ts';
import { w04 } from './workload/w04-priority-class.ts';
import { w05 } from './workload/w05-control-plane.ts';
import { w06 } from './workload/w06-namespace-quota.ts';
import { w07 } from './workload/w07-volume-encryption.ts';
import { expiredSuppression, malformedSuppression, unusedSuppression } from '../suppress/checks.ts';

/** Every check there is, in the order of their ids. */
export const checks: readonly Check[] = [
  a01,
  a02,
  a03,
  a04,
  a05,
  a06,
  a07,
  a08,
  a09,
  a10,
  a11,
  a12,
  a13,
  a14,
  a15,
  a16,
  a17,
  a18,
  a19,
  a20,
  a21,
  a22,
  a23,
  a24,
  a25,
  a26,
  a27,
  c01,
  c02,
  c03,
  c04,
  c05,
  c06,
  c07,
  c08,
  c09,
  c10,
  c11,
  c12,
  c13,
  c14,
  c15,
  c16,
  c17,
  c18,
  c19,
  c20,
  d01,
  d02,
  d03,
  d04,
  d05,
  d06,
  d07,
  n01,
  n02,
  n03,
  n04,
  n05,
  n06,
  n07,
  n08,
  n09,
  n10,
  n11,
  n12,
  n13,
  n14,
  p01,
  p02,
  p03,
  p04,
  p05,
  p06,
  p07,
  p08,
  p09,
  p10,
  p11,
  p12,
  p13,
  p14,
  p15,
  p16,
  p17,
  p18,
  p19,
  p20,
  p21,
  p22,
  p23,
  p24,
  p25,
  p26,
  p27,
  p28,
  p29,
  p30,
  p31,
  p32,
  p33,
  p34,
  p35,
  p36,
  p37,
  r01,
  r02,
  r03,
  r04,
  r05,
  r06,
  r07,
  r08,
  r09,
  s01,
  s02,
  s03,
  s04,
  s05,
  w01,
  w02,
  w03,
  w04,
  w05,
  w06,
  w07,
  unusedSuppression,
  expiredSuppression,
  malformedSuppression,
];
