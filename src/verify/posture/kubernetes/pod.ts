import type { Field } from '../field.ts';

export type ContainerKind = 'container' | 'init' | 'ephemeral';

export interface Container {
  readonly kind: ContainerKind;
  readonly name: string;
  readonly field: Field;
  readonly securityContext: Field;
}

/** What a Pod says of itself, wherever it stands: alone, or as the template of a workload. */
export interface Pod {
  readonly metadata: Field;
  readonly spec: Field;
  readonly securityContext: Field;
  /** Init containers first, as they run; then the others, then the ephemeral ones. */
  readonly containers: readonly Container[];
  /** `spec.os.name`; undefined where it is not said, which counts as Linux. */
  readonly os: string | undefined;
}

const lists: readonly (readonly [string, ContainerKind])[] = [
  ['initContainers', 'init'],
  ['containers', 'container'],
  ['ephemeralContainers', 'ephemeral'],
];

/** `field` holds `metadata` and `spec`. */
export function readPod(field: Field): Pod {
  const spec = field.at('spec');
  const containers = lists.flatMap(([list, kind]) =>
    spec
      .at(list)
      .items()
      .map((container) => ({
        kind,
        name: container.at('name').text ?? '',
        field: container,
        securityContext: container.at('securityContext'),
      })),
  );
  return {
    metadata: field.at('metadata'),
    spec,
    securityContext: spec.at('securityContext'),
    containers,
    os: spec.at('os', 'name').text,
  };
}
