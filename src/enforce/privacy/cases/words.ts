import { Fault } from '../../../kernel/index.ts';
import type { KeepingParts } from '../parts.ts';
import type { CaseWords } from './case.ts';
import type { CaseRow } from './store.ts';

/** What people wrote in cases, sealed under the key of the subject they wrote about. */
export function createWords({ keys }: Pick<KeepingParts, 'keys'>) {
  const contextOf = ({ id }: CaseRow) => ({ purpose: 'case', about: id });

  /** Nothing, where it was erased with the subject. */
  async function read(row: CaseRow): Promise<CaseWords> {
    if (row.words === null) return {};
    try {
      const text = await keys.unseal(row.subject, contextOf(row), Buffer.from(row.words, 'base64'));
      return JSON.parse(text.toString()) as CaseWords;
    } catch (error) {
      if (error instanceof Fault && error.code === 'data.erased') return {};
      throw error;
    }
  }

  return {
    read,
    /** Null where the subject was erased meanwhile: then it is not written down. */
    async add(row: CaseRow, words: CaseWords): Promise<string | null> {
      if (!keys.has(row.subject)) return null;
      const all = Buffer.from(JSON.stringify({ ...(await read(row)), ...words }));
      return (await keys.seal(row.subject, contextOf(row), all)).toString('base64');
    },
  };
}
