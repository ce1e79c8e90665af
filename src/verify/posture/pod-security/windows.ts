import type { PodRule, PodRuleCheck } from './rule.ts';

/** From 1.25 on a Pod that says it runs on Windows (`spec.os.name`) is let off what Windows does not have. */
const letOffSince = 25;

export function exceptOnWindows(since: number, check: PodRuleCheck): PodRule['rows'] {
  return [
    { since, check },
    { since: letOffSince, check: (pod) => (pod.os === 'windows' ? [] : check(pod)) },
  ];
}
