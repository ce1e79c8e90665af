import { type Field, sortedByName } from '../field.ts';

export type Labels = Readonly<Record<string, string>>;

/** A label selector of Kubernetes. An empty one selects everything; a missing one is not a selector. */
export interface Selector {
  matches(labels: Labels): boolean;
  /** Labels that all it selects have: where to begin looking. */
  readonly required: readonly (readonly [string, string])[];
  /** Two selectors of one text select the same. */
  readonly text: string;
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** An operator that is not known selects nothing: what a manifest cannot mean must not count as protection. */
function keeps({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
export function readSelector(field: Field): Selector {
  const required = Object.entries(readLabels(field.at('matchLabels')));
  const requirements = field
    .at('matchExpressions')
    .items()
    .map((item) => ({
      key: item.at('key').text ?? '',
      operator: item.at('operator').text ?? '',
      values: item.at('values').texts(),
    }));
  return {
    required,
    text: JSON.stringify([sortedByName(required), requirements]),
    matches: (labels) =>
      required.every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value) &&
      requirements.every((requirement) => keeps(requirement, labels)),
  };
}

/** Values of labels are texts; YAML reads `version: 1` as a number, which an API server would refuse. */
export function readLabels(field: Field): Labels {
  return Object.fromEntries(
    field
      .members()
      .flatMap(([name, { value }]) =>
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? [[name, String(value)] as const]
          : [],
      ),
  );
}
