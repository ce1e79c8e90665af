import {
  type AboveAction,
  type BodyReading,
  bodyReadingOf,
  type Classifier,
  type ClassRank,
  createClassifier,
  readingOfFields,
} from '../../privacy/index.ts';
import type { GatePolicy } from '../section.ts';
import type { Target } from '../target.ts';
import { routeName } from './routes.ts';

/** What is looked for in calls, and how much of it each service may see. */
export interface DataRules {
  readonly classifier: Classifier;
  /** How text is found in the bodies of an operation on a route. */
  readingOf(route: string, operation: string): BodyReading;
  /** The highest class a target of a route may see. */
  ceilingOf(route: string, target: Target): ClassRank;
  /** What is done on a route with a call above a ceiling. */
  aboveOf(route: string): AboveAction;
  /** Undefined: answers are passed on as they are. */
  readonly answers: { readonly ceiling: ClassRank; readonly above: 'refuse' | 'redact' } | undefined;
}

/** Undefined where nothing is looked for: a call then costs no more than asking that. */
export function compileData({ gate, data }: GatePolicy): DataRules | undefined {
  if (!data || (data.detect === 'none' && Object.keys(data.detectors).length === 0)) return undefined;
  const classifier = createClassifier(data);
  if (classifier.isOff) return undefined;
  const rankOf = (name: string | undefined): ClassRank | undefined =>
    name === undefined ? undefined : classifier.rankOfClass(name);
  const usual = rankOf(data.ceiling) ?? data.classes.length - 1;
  const upstreams = new Map(
    Object.entries(gate.upstreams).map(([name, { ceiling }]) => [name, rankOf(ceiling)]),
  );
  const routes = new Map(
    gate.routes.map((route) => [routeName(route), { ceiling: rankOf(route.ceiling), above: route.above }]),
  );
  const readings = new Map(
    gate.routes.flatMap((route) =>
      route.fields ? [[routeName(route), readingOfFields(route.fields)] as const] : [],
    ),
  );
  return {
    classifier,
    readingOf: (route, operation) => readings.get(route) ?? bodyReadingOf(operation),
    ceilingOf(route, { upstream }) {
      const own = routes.get(route)?.ceiling;
      const service = upstreams.get(upstream);
      if (own === undefined) return service ?? usual;
      return service === undefined ? own : Math.min(own, service);
    },
    aboveOf: (route) => routes.get(route)?.above ?? data.above,
    answers: data.answers && {
      ceiling: classifier.rankOfClass(data.answers.ceiling),
      above: data.answers.above,
    },
  };
}
