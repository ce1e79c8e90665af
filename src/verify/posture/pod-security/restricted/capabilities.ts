import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';
import { exceptOnWindows } from '../windows.ts';

function checkCapabilities({ containers }: Pod): Violation[] {
  return containers.flatMap(({ name, securityContext }) => {
    const drop = securityContext.at('capabilities', 'drop');
    const added = securityContext
      .at('capabilities', 'add')
      .items()
      .filter(({ text }) => text !== 'NET_BIND_SERVICE');
    return [
      ...(drop.texts().includes('ALL')
        ? []
        : [{ path: drop.path, container: name, message: 'capabilities.drop does not hold ALL; it must.' }]),
      ...added.map(({ path, value }) => ({
        path,
        container: name,
        message: `The capability ${String(value)} is added; only NET_BIND_SERVICE may be.`,
      })),
    ];
  });
}

export const capabilitiesRestricted: PodRule = {
  id: 'capabilities_restricted',
  title: 'All capabilities are dropped',
  rows: exceptOnWindows(22, checkCapabilities),
};
