import { checkOf, type PodRule, type Violation } from '../../pod-security/rule.ts';
import type { Found, PodCheck } from '../check.ts';

type Text = Omit<PodCheck, 'of' | 'find'>;

/** A check that finds what a rule of the Pod Security Standards does not allow, in the version the manifests are judged by. */
export function fromStandard(
  text: Text,
  rule: PodRule,
  select: (violation: Violation) => Partial<Found> | undefined = () => ({}),
): PodCheck {
  return {
    ...text,
    of: 'pod',
    find: ({ pod }, { version }) =>
      (checkOf(rule, version)?.(pod) ?? []).flatMap((violation) => {
        const more = select(violation);
        return more ? [{ ...violation, ...more }] : [];
      }),
  };
}

/** The last name of the violation's place, such as `hostPID`. */
export function lastName({ path }: Pick<Violation, 'path'>): string {
  return path.findLast((part) => typeof part === 'string') ?? '';
}
