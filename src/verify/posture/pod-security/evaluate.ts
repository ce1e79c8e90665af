import type { Pod } from '../kubernetes/pod.ts';
import { appArmorProfile } from './baseline/app-armor-profile.ts';
import { capabilitiesBaseline } from './baseline/capabilities.ts';
import { hostNamespaces } from './baseline/host-namespaces.ts';
import { hostPathVolumes } from './baseline/host-path-volumes.ts';
import { hostPorts } from './baseline/host-ports.ts';
import { hostProbesAndHostLifecycle } from './baseline/host-probes.ts';
import { privileged } from './baseline/privileged.ts';
import { procMount, procMountRestricted } from './baseline/proc-mount.ts';
import { seLinuxOptions } from './baseline/se-linux-options.ts';
import { seccompProfileBaseline } from './baseline/seccomp-profile.ts';
import { sysctls } from './baseline/sysctls.ts';
import { windowsHostProcess } from './baseline/windows-host-process.ts';
import { capabilitiesRestricted } from './restricted/capabilities.ts';
import { allowPrivilegeEscalation } from './restricted/privilege-escalation.ts';
import { runAsNonRoot } from './restricted/run-as-non-root.ts';
import { runAsUser } from './restricted/run-as-user.ts';
import { seccompProfileRestricted } from './restricted/seccomp-profile.ts';
import { restrictedVolumes } from './restricted/volumes.ts';
import { checkOf, type MinorVersion, type PodRule, type Violation } from './rule.ts';

export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

const baselineRules: readonly PodRule[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfileBaseline,
  sysctls,
  windowsHostProcess,
];

const restrictedRules: readonly PodRule[] = [
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfileRestricted,
];

export interface PodSecurityViolation extends Violation {
  readonly rule: PodRule;
  /** The lowest level that does not allow it. */
  readonly level: 'baseline' | 'restricted';
}

export interface PodSecurityVerdict {
  /** The strictest level the Pod keeps. */
  readonly level: PodSecurityLevel;
  readonly violations: readonly PodSecurityViolation[];
}

/** Judges a Pod by the standards of one version of Kubernetes 1.x, from 1.0 on; a newer version than the newest known is judged as that. */
export function evaluatePod(pod: Pod, version: MinorVersion): PodSecurityVerdict {
  const violationsOf = (
    rules: readonly PodRule[],
    level: PodSecurityViolation['level'],
  ): PodSecurityViolation[] =>
    rules.flatMap((rule) =>
      (checkOf(rule, version)?.(pod) ?? []).map((violation) => ({ ...violation, rule, level })),
    );
  const baseline = violationsOf(baselineRules, 'baseline');
  const restricted = violationsOf(restrictedRules, 'restricted');
  const level = baseline.length > 0 ? 'privileged' : restricted.length > 0 ? 'baseline' : 'restricted';
  return { level, violations: [...baseline, ...restricted] };
}
