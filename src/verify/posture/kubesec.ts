import type { Field } from './field.ts';
import type { Resource } from './kubernetes/resource.ts';
import type { Pod } from './kubernetes/pod.ts';

interface PointRule {
  readonly points: number;
  /** Whether it is so somewhere in the resource; a rule counts once, however often. */
  holds(pod: Pod, resource: Resource): boolean;
}

const anyContainer =
  (holds: (container: Field, securityContext: Field) => boolean) =>
  ({ containers }: Pod): boolean =>
    containers.some(({ field, securityContext }) => holds(field, securityContext));

/** Said by a container or for all of them. */
const anySecurityContext =
  (holds: (securityContext: Field) => boolean) =>
  ({ securityContext, containers }: Pod): boolean =>
    holds(securityContext) || containers.some(({ securityContext: own }) => holds(own));

const addsCapability = (name: RegExp) =>
  anyContainer((_, context) =>
    context
      .at('capabilities', 'add')
      .texts()
      .some((text) => name.test(text)),
  );

const hostPath =
  (path: RegExp) =>
  ({ spec }: Pod): boolean =>
    spec
      .at('volumes')
      .items()
      .some((volume) => path.test(volume.at('hostPath', 'path').text ?? ''));

const annotation =
  (name: string, holds: (value: string) => boolean) =>
  ({ metadata }: Pod): boolean =>
    metadata
      .at('annotations')
      .members()
      .some(([found, { text }]) => found.startsWith(name) && text !== undefined && holds(text));

const resources = (part: 'requests' | 'limits', name: string) =>
  anyContainer((container) => container.at('resources', part, name).isSet);

const claims =
  (holds: (spec: Field) => boolean) =>
  (_: Pod, { field }: Resource): boolean =>
    field
      .at('spec', 'volumeClaimTemplates')
      .items()
      .some((template) => holds(template.at('spec')));

const seccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const appArmor = 'container.apparmor.security.beta.kubernetes.io/';

const rules: readonly PointRule[] = [
  { points: -30, holds: anyContainer((_, context) => context.at('privileged').isTrue) },
  { points: -30, holds: addsCapability(/^(CAP_)?SYS_ADMIN$/) },
  { points: -9, holds: ({ spec }) => spec.at('hostNetwork').isTrue },
  { points: -9, holds: ({ spec }) => spec.at('hostPID').isTrue },
  { points: -9, holds: ({ spec }) => spec.at('hostIPC').isTrue },
  { points: -9, holds: hostPath(/^\/var\/run\/docker\.sock$/) },
  { points: -9, holds: hostPath(/^\/proc(\/|$)/) },
  { points: -7, holds: anyContainer((_, context) => context.at('allowPrivilegeEscalation').isTrue) },
  {
    points: -5,
    holds: anyContainer((container) =>
      container
        .at('env')
        .items()
        .some((one) => one.at('valueFrom', 'secretKeyRef').isSet),
    ),
  },
  { points: -3, holds: ({ spec }) => spec.at('hostAliases').isSet },
  { points: -1, holds: annotation(seccomp, (value) => value === 'unconfined') },
  { points: -1, holds: annotation(appArmor, (value) => value === 'unconfined') },
  { points: 3, holds: ({ spec }) => spec.at('serviceAccountName').isSet },
  { points: 3, holds: annotation(appArmor, (value) => value !== 'unconfined') },
  { points: 1, holds: anyContainer((_, context) => context.at('readOnlyRootFilesystem').isTrue) },
  { points: 1, holds: anySecurityContext((context) => context.at('runAsNonRoot').isTrue) },
  { points: 1, holds: anySecurityContext((context) => (context.at('runAsUser').number ?? 0) > 10_000) },
  { points: 1, holds: anySecurityContext((context) => (context.at('runAsGroup').number ?? 0) > 10_000) },
  { points: 1, holds: anyContainer((_, context) => context.at('capabilities', 'drop').items().length > 0) },
  {
    points: 1,
    holds: anyContainer((_, context) => context.at('capabilities', 'drop').texts().includes('ALL')),
  },
  { points: 1, holds: resources('requests', 'cpu') },
  { points: 1, holds: resources('requests', 'memory') },
  { points: 1, holds: resources('limits', 'cpu') },
  { points: 1, holds: resources('limits', 'memory') },
  {
    points: 1,
    holds: (pod) =>
      anySecurityContext((context) => context.at('seccompProfile', 'type').isSet)(pod) ||
      annotation(seccomp, (value) => value !== 'unconfined')(pod),
  },
  { points: 1, holds: claims((spec) => spec.at('accessModes').texts().includes('ReadWriteOnce')) },
  { points: 1, holds: claims((spec) => spec.at('resources', 'requests', 'storage').isSet) },
  { points: 1, holds: ({ spec }) => spec.at('automountServiceAccountToken').isFalse },
  { points: 1, holds: ({ spec }) => spec.at('hostUsers').isFalse },
];

/**
 * Points as kubesec counts them, for those who have a threshold in its terms: each rule once, 0 or more passes. Undefined for what has no Pod. A
 * number of this kind hides what it adds up; the findings are what counts.
 */
export function kubesecScore(resource: Resource): number | undefined {
  const { pod } = resource;
  return pod && rules.reduce((sum, { points, holds }) => (holds(pod, resource) ? sum + points : sum), 0);
}
