import { z } from 'zod';
import { policyDigest } from './digest.ts';
import { describeIssues, type PlacedDraft } from './issues.ts';
import { createProblem, type Problem, type ProblemDraft } from './problem.ts';
import type { PolicySection } from './section.ts';
import { type PolicySource, parseSource } from './source.ts';

type AnySection = PolicySection<string, z.ZodType>;

/** The values of a whole policy: `version`, and each section by its name. */
export type PolicyOf<Sections extends readonly AnySection[]> = { readonly version: 1 } & {
  readonly [Section in Sections[number] as Section['name']]: z.output<Section['schema']>;
};

export type PolicyReading<Policy> =
  | { readonly ok: true; readonly policy: Policy; readonly digest: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface PolicyFormat<Policy> {
  /** The whole file's schema, for editors and the reference. */
  readonly schema: z.ZodType;
  /** Reads a policy. `file` is how problems name it. Never throws on any text. */
  read(text: string, file: string): PolicyReading<Policy>;
}

/** Keys that docs and examples of the whole design use and whose room this version does not have. */
const plannedKeys = [
  'respond',
  'promises',
  'prove',
  'serve',
  'system.versions',
  'identity.certificates',
  'record.export',
  'record.witness',
] as const;

const mostProblems = 50;

/**
 * Assembles the sections into the format of the whole file. A section that is left out is read as `{}`, so that it has its defaults,
 * or problems naming the keys it must have.
 */
export function definePolicy<const Sections extends readonly AnySection[]>(
  sections: Sections,
): PolicyFormat<PolicyOf<Sections>> {
  const shape = Object.fromEntries(sections.map(({ name, schema }) => [name, withDefault(schema)]));
  const version = z.literal(1).describe('The version of this format.');
  const schema = z.strictObject({ version, ...shape }).describe('The policy of an AI platform.');

  return {
    schema,
    read(text, file) {
      const source = parseSource(text);
      const finish = (drafts: readonly PlacedDraft[]) => placeProblems(source, file, drafts);
      if (source.value === undefined) return { ok: false, problems: finish([]) };
      const value = source.value ?? {};
      const parsed = schema.safeParse(value);
      if (!parsed.success) {
        const context = { schema, value, path: [], planned: plannedKeys };
        return { ok: false, problems: finish(describeIssues(parsed.error.issues, context)) };
      }
      const policy = parsed.data;
      const problems = finish(crossCheck(sections, policy));
      if (problems.length > 0) return { ok: false, problems };
      return { ok: true, policy: deepFreeze(policy) as PolicyOf<Sections>, digest: policyDigest(value) };
    },
  };
}

function withDefault(schema: z.ZodType): z.ZodType {
  return schema.safeParse(undefined).success ? schema : schema.prefault({});
}

/** What one schema cannot see: a route that names an upstream there is none of. Runs when every section has the right shape. */
function crossCheck(sections: readonly AnySection[], policy: unknown): PlacedDraft[] {
  const drafts: PlacedDraft[] = [];
  for (const section of sections) {
    section.check?.(policy, (problem) => drafts.push({ ...problem, part: 'value' }));
  }
  return drafts;
}

function placeProblems(source: PolicySource, file: string, drafts: readonly PlacedDraft[]): Problem[] {
  const said = new Set(source.problems.map(({ offset }) => offset));
  const further = drafts
    .map(({ part, ...draft }) => ({ ...draft, offset: source.offsetOf(draft.path, part) }))
    .filter(({ offset }) => !said.has(offset));
  return [...source.problems, ...further]
    .toSorted((a, b) => a.offset - b.offset || knownKeysFirst(a, b))
    .slice(0, mostProblems)
    .map(({ offset, ...draft }) => createProblem(draft, { file, ...source.placeOf(offset) }));
}

/** At one place the misspelt key goes before the key it left missing. */
const knownKeysFirst = (a: ProblemDraft, b: ProblemDraft): number =>
  Number(b.allowed !== undefined) - Number(a.allowed !== undefined);

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
