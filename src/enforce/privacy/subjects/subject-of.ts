import { unfrozen } from '../../../policy/index.ts';
import type { KeepingSection, SubjectSource } from '../keeping-section.ts';
import { type NameReading, readSubjectName } from './name.ts';

/** A call, as far as it may name a data subject. */
export interface SubjectSources {
  /** The name of the route, or its match where it has none. */
  readonly route: string;
  readonly wire: string;
  /** Name, value, name, value, … as sent; the values as node:http gives them (Latin-1). */
  readonly rawHeaders: readonly string[];
  /** The body of a JSON operation. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
  /** The verified claims of the caller's token. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly team: string | undefined;
}

export type SubjectNaming =
  | { readonly ok: true; readonly name: string | undefined }
  | { readonly ok: false; readonly code: 'subject.invalid' | 'subject.missing'; readonly detail: string };

/** What stands in a source: a text, something that is none, or nothing. */
type Found = { readonly where: string; readonly value: unknown } | 'twice' | undefined;

/** Whom a call names, by the rule of its route. The first source that names somebody decides; one that names somebody badly is never passed over. */
export function nameOfSubject(sources: SubjectSources, section: KeepingSection['subjects']): SubjectNaming {
  const rule = ruleOf(section, sources.route);
  for (const source of rule.from) {
    const found = readers[source](sources, rule);
    if (found === undefined) continue;
    if (found === 'twice')
      return { ok: false, code: 'subject.invalid', detail: `${rule.header} was sent more than once.` };
    const reading = readValue(found.value, source === 'header');
    if (!reading.ok)
      return { ok: false, code: 'subject.invalid', detail: `${found.where} ${reading.problem}.` };
    return { ok: true, name: reading.name };
  }
  if (rule.required) {
    const detail = `Looked for in: ${rule.from.join(', ')}.`;
    return { ok: false, code: 'subject.missing', detail };
  }
  return { ok: true, name: undefined };
}

/** The same name of two teams is two subjects, where the policy says so. */
export function fullName(name: string, team: string | undefined, apart: 'none' | 'team'): string {
  return apart === 'team' ? `${team ?? ''}\0${name}` : name;
}

interface Rule {
  readonly from: readonly SubjectSource[];
  readonly header: string;
  readonly claim: string;
  readonly required: boolean;
}

/** Of each policy the rules of its routes, as far as they were asked for. */
const knownRules = new WeakMap<KeepingSection['subjects'], Map<string, Rule>>();

function ruleOf(section: KeepingSection['subjects'], route: string): Rule {
  const rules = knownRules.get(section) ?? new Map<string, Rule>();
  knownRules.set(section, rules);
  const known = rules.get(route);
  if (known) return known;
  const own = Object.hasOwn(section.routes, route) ? section.routes[route] : undefined;
  const { from, header, claim, required } = { ...section, ...own };
  const rule = { from: unfrozen(from), header, claim, required };
  rules.set(route, rule);
  return rule;
}

const readers: Readonly<Record<SubjectSource, (sources: SubjectSources, rule: Rule) => Found>> = {
  header({ rawHeaders }, { header }) {
    const values: string[] = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2)
      if (isNamed(rawHeaders[index], header)) values.push(rawHeaders[index + 1] ?? '');
    if (values.length > 1) return 'twice';
    const [value] = values;
    return value === undefined ? undefined : { where: `The header ${header}`, value };
  },
  field({ document, wire }) {
    if (!document) return undefined;
    if (wire === 'anthropic') {
      const metadata = document['metadata'];
      if (typeof metadata !== 'object' || metadata === null) return undefined;
      return present('metadata.user_id', (metadata as Readonly<Record<string, unknown>>)['user_id']);
    }
    if (wire !== 'openai' && wire !== 'azure') return undefined;
    // OpenAI puts safety_identifier in place of user; clients in between send both.
    return present('safety_identifier', document['safety_identifier']) ?? present('user', document['user']);
  },
  claim({ claims }, { claim }) {
    return claims && Object.hasOwn(claims, claim) ? present(`The claim ${claim}`, claims[claim]) : undefined;
  },
};

/** Lengths differ for most, and spare the comparing. */
function isNamed(name: string | undefined, header: string): boolean {
  return name?.length === header.length && name.toLowerCase() === header;
}

function present(where: string, value: unknown): Found {
  return value === undefined || value === null ? undefined : { where, value };
}

function readValue(value: unknown, isHeader: boolean): NameReading {
  if (typeof value !== 'string') return { ok: false, problem: 'is not text' };
  if (!isHeader) return readSubjectName(value);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(value, 'latin1'),
    );
    return readSubjectName(text);
  } catch {
    return { ok: false, problem: 'is not UTF-8' };
  }
}
