import type { ClassRank } from '../privacy/index.ts';
import type { GatePolicy } from './section.ts';
import type { DataRules } from './snapshot/data.ts';
import type { Route } from './snapshot/routes.ts';
import type { Target } from './target.ts';

/** What is looked for in calls, for every route. */
export interface ExplainedData {
  /** Names of detectors, by the class of what they find; the least sensitive class first. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** The class of what cannot be read. */
  readonly unread: string;
  readonly answers: string;
}

export function explainData(data: DataRules | undefined): ExplainedData | undefined {
  if (!data) return undefined;
  const { classifier, answers } = data;
  const { classes, searcher } = classifier;
  const nameOf = (rank: ClassRank): string => classes[rank] ?? '';
  return {
    classes: Object.fromEntries(
      classes.map((name, rank) => [
        name,
        searcher.names.filter((detector) => classifier.rankOf(detector) === rank),
      ]),
    ),
    unread: nameOf(classifier.unreadRank),
    answers: answers
      ? `up to ${nameOf(answers.ceiling)}; above it ${words[answers.above]}`
      : 'classified and passed on',
  };
}

const words = {
  refuse: 'refused',
  redact: 'redacted',
  pseudonymise: 'pseudonymised',
  reroute: 'sent elsewhere',
} as const;

/** What each service of a route may see, and what is done with the rest: `echo: up to internal`. Empty where nothing is looked for. */
export function explainRouteData(
  route: Route,
  data: DataRules | undefined,
  section: GatePolicy['gate']['routes'][number] | undefined,
): readonly string[] {
  if (!data) return [];
  const { classes } = data.classifier;
  const all = [...(route.targetsOf(undefined) ?? []), ...Object.values(section?.models ?? {}).flat()];
  const targets: readonly Target[] = all.flat();
  const ceilings = new Map(
    targets.map((target) => [target.upstream, classes[data.ceilingOf(route.name, target)] ?? '']),
  );
  const fields = Object.entries(section?.fields ?? {}).map(
    ([kind, places]) => `fields of ${kind}: ${(places as readonly string[]).join(', ')}`,
  );
  return [
    ...[...ceilings].map(
      ([upstream, ceiling]) =>
        `${section?.to === undefined ? upstream : section.to} may see up to ${ceiling}`,
    ),
    `above it: ${words[data.aboveOf(route.name)]}`,
    ...fields,
  ];
}
