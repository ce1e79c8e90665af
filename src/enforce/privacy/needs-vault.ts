import { createSealedMeanings } from '../../record/index.ts';
import type { Store } from '../../store/index.ts';
import { sumCaptured } from './capture/store.ts';
import { readCases } from './cases/store.ts';

/** Whether a store holds what only the keys beside it open: without them it must not be opened as if there were nothing. */
export async function needsVault(store: Store): Promise<boolean> {
  if ((await sumCaptured(store)).count > 0 || (await readCases(store)).length > 0) return true;
  return (await createSealedMeanings(store).beginningWith('mean_', 1)).length > 0;
}
