import { Fault } from '../../../kernel/index.ts';
import type { KeyReference, KeyStore } from '../../../secrets/index.ts';
import type { KeepingParts } from '../parts.ts';
import { readSubjectName } from './name.ts';
import { fullName, nameOfSubject, type SubjectSources } from './subject-of.ts';

export const subjectPurpose = 'subject';

/** Whose data a call is about, as entries and captured content name it; or why the call cannot be taken. */
export type SubjectVerdict =
  | { readonly ok: true; readonly subject: KeyReference | undefined }
  | {
      readonly ok: false;
      readonly code: 'subject.invalid' | 'subject.missing' | 'overloaded';
      /** Holds nothing of what was sent. */
      readonly detail: string;
    };

/** A data subject by name, as an operator names it. */
export interface NamedSubject {
  readonly name: string;
  /** Where the policy keeps teams apart. */
  readonly team?: string | undefined;
}

/** Data subjects: each has an id (`subj_…`) that stands for it in entries, and a key that seals what is kept of it. */
export interface Subjects {
  /** For the gate, on the path of a call: looks into memory, and waits for nothing. */
  subjectOf(sources: SubjectSources): SubjectVerdict;
  /** The id of a subject that is known. */
  find(subject: NamedSubject): string | undefined;
  /** The id of a subject, known or new: whoever asks for their data has a case, also where nothing is held. */
  take(subject: NamedSubject): Promise<string>;
  /** The name as it is kept: with its team, where the policy keeps teams apart. */
  fullName(subject: NamedSubject): string;
  /** Throws Fault `api.not-found`. */
  require(id: string): void;
  describe(
    id: string,
  ): Promise<{ readonly name: string; readonly team: string | undefined; readonly knownSince: number }>;
}

export function createSubjects({
  keys,
  policy,
}: Pick<KeepingParts, 'policy'> & { keys: KeyStore }): Subjects {
  const nameOf = ({ name, team }: NamedSubject): string => {
    const reading = readSubjectName(name);
    if (!reading.ok) throw new Fault('subject.invalid', { detail: `It ${reading.problem}.` });
    const { apart } = policy().data.subjects;
    if (team !== undefined && apart !== 'team')
      throw new Fault('api.invalid', {
        detail: 'team: the policy keeps no teams apart (data.subjects.apart).',
      });
    return fullName(reading.name, team, apart);
  };
  const isKnown = (id: string): boolean => id.startsWith('subj_') && keys.has(id);

  return {
    subjectOf(sources) {
      const section = policy().data.subjects;
      const naming = nameOfSubject(sources, section);
      if (!naming.ok) return naming;
      if (naming.name === undefined) return { ok: true, subject: undefined };
      const subject = keys.take(subjectPurpose, fullName(naming.name, sources.team, section.apart));
      // Not let through without: what is recorded of it could never be found nor erased.
      if (!subject)
        return { ok: false, code: 'overloaded', detail: 'There is no room for another data subject.' };
      return { ok: true, subject };
    },
    fullName: nameOf,
    find: (subject) => keys.find(subjectPurpose, nameOf(subject)),
    async take(subject) {
      const taken = keys.take(subjectPurpose, nameOf(subject));
      if (!taken) throw new Fault('overloaded', { detail: 'There is no room for another data subject.' });
      await taken.kept;
      return taken.id;
    },
    require(id) {
      if (!isKnown(id)) throw noSubject();
    },
    async describe(id) {
      const [full, knownSince] = isKnown(id) ? [await keys.nameOf(id), await keys.madeAt(id)] : [];
      if (full === undefined || knownSince === undefined) throw noSubject();
      const divide = full.indexOf('\0');
      const team = divide > 0 ? full.slice(0, divide) : undefined;
      return { name: full.slice(divide + 1), team, knownSince };
    },
  };
}

function noSubject(): Fault {
  return new Fault('api.not-found', { detail: 'No data subject has this id, or it was erased.' });
}
