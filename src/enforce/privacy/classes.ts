import type { CustomDetector } from './custom/custom.ts';
import { createDictionary } from './custom/dictionary.ts';
import { createPatternDetector } from './custom/pattern.ts';
import type { Detector } from './detector.ts';
import { catalogue } from './detectors/catalogue.ts';
import { createSearcher, type Searcher } from './scan/searcher.ts';
import type { DataSection } from './section.ts';

/** The place of a class among the classes of a policy; higher is more sensitive. */
export type ClassRank = number;

/** The detectors a policy puts to work, and the class of what each finds. */
export interface Classifier {
  readonly classes: readonly string[];
  readonly searcher: Searcher;
  /** Whether nothing is looked for. */
  readonly isOff: boolean;
  rankOf(detector: string): ClassRank;
  /** The rank of a class named in the policy. */
  rankOfClass(name: string): ClassRank;
  /** The rank of what cannot be read. */
  readonly unreadRank: ClassRank;
}

/** The class a policy gives a detector: by its name, else its family, else `all`. Undefined: it is not looked for. */
export function classIn(
  section: DataSection,
  detector: Pick<Detector, 'name' | 'family' | 'region' | 'class'>,
): string | undefined {
  const { detect, regions } = section;
  if (detector.region !== undefined && regions && !regions.includes(detector.region)) return undefined;
  if (detect === 'none') return undefined;
  if (detect === 'all') return detector.class;
  for (const name of [detector.name, detector.family, 'all']) {
    const said = Object.hasOwn(detect, name) ? detect[name] : undefined;
    if (said === undefined) continue;
    if (said === 'never') return undefined;
    return said === 'default' ? detector.class : said;
  }
  return undefined;
}

export function createClassifier(section: DataSection): Classifier {
  const ranks = new Map(section.classes.map((name, rank) => [name, rank]));
  const highest = section.classes.length - 1;
  const rankOfClass = (name: string): ClassRank => ranks.get(name) ?? highest;
  const rankOf = new Map<string, ClassRank>();
  const detectors: Detector[] = [];
  for (const detector of catalogue) {
    const name = classIn(section, detector);
    if (name === undefined) continue;
    detectors.push(detector);
    rankOf.set(detector.name, rankOfClass(name));
  }
  const own: CustomDetector[] = [];
  for (const [name, { pattern, words = [], class: className, matchCase }] of Object.entries(
    section.detectors,
  )) {
    own.push(
      pattern === undefined
        ? createDictionary({ name, words, matchCase })
        : createPatternDetector({ name, pattern, ignoreCase: !matchCase }),
    );
    rankOf.set(name, rankOfClass(className));
  }
  return {
    classes: section.classes,
    searcher: createSearcher({ detectors, custom: own, confidence: section.confidence }),
    isOff: detectors.length === 0 && own.length === 0,
    rankOf: (detector) => rankOf.get(detector) ?? highest,
    rankOfClass,
    unreadRank: section.unread === undefined ? highest : rankOfClass(section.unread),
  };
}
