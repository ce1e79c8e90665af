import type { Container } from '../../kubernetes/pod.ts';
import type { Found, PodSubject } from '../check.ts';

/** Looks at every container by itself. */
export function eachContainer(
  { pod }: PodSubject,
  find: (container: Container) => readonly Found[],
): Found[] {
  return pod.containers.flatMap((container) =>
    find(container).map((found) => ({ container: container.name, ...found })),
  );
}

/** Of a container or, where it says nothing, of its Pod: what holds for it. */
export function effective({ pod }: PodSubject, container: Container, ...names: readonly string[]) {
  const own = container.securityContext.at(...names);
  const shared = pod.securityContext.at(...names);
  return own.isSet || !shared.isSet ? own : shared;
}
