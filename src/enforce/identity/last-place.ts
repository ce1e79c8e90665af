/** Where and when a credential was noted as working, so that a call from there again costs two comparisons. */
export interface LastPlace {
  address: string;
  /** Unix milliseconds. */
  at: number;
}

export const nowhereYet = (): LastPlace => ({ address: '', at: 0 });
